#!/usr/bin/env bash
# Bun 1.4.5: `Error.captureStackTrace(error, fn)` looks for the function's name, not for the function.
#
# V8 documents the second argument as a function: all frames above and including its topmost call are left out, and where it is not on
# the stack at all the trace is empty. Bun cuts below the topmost frame whose function has the same name, whichever function that is.
#
# Why it matters: a library that hides its own frames, or that asks "who called this method of mine?", passes one of its methods. Common
# method names (`emit`, `get`, `run`) stand on the stack many times, of other classes. On Node the first line left is the caller's. On
# Bun it is a line within the library, the same one for each caller, or a line of a function that never called the library.
#
# Seen (Node 20.20.2 and Bun 1.4.5):
#   node: the outer method: caller | a function that is not on the stack: (nothing)
#   bun:  the outer method: emit   | a function that is not on the stack: top
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
# The package downloads its program in its install script, or finds it in an optional package.
npm install --no-audit --no-fund --silent --foreground-scripts bun@1.4.5 >/dev/null 2>&1

cat >stack.mjs <<'PROGRAM'
const firstFrame = (below) => {
  const target = {};
  Error.captureStackTrace(target, below);
  return /^\s+at (?:\w+\.)?(\w+) /m.exec(target.stack)?.[1] ?? '(nothing)';
};

// Each result is used after its call, so that no engine makes a tail call of it.
class Inner {
  emit(below) {
    const frame = firstFrame(below);
    return `${frame}`;
  }
}
class Outer {
  emit(below) {
    const frame = new Inner().emit(below);
    return `${frame}`;
  }
}
function caller() {
  const frame = new Outer().emit(Outer.prototype.emit);
  return `${frame}`;
}
function top() {
  const frame = new Inner().emit(function emit() {});
  return `${frame}`;
}
console.log(`the outer method: ${caller()}`);
console.log(`a function that is not on the stack: ${top()}`);
PROGRAM

expect() {
  if [[ $2 != "$3" ]]; then
    printf '%s changed. Seen now:\n%s\nBefore:\n%s\n' "$1" "$2" "$3"
    exit 1
  fi
}

expect Node "$(node stack.mjs)" $'the outer method: caller\na function that is not on the stack: (nothing)'
expect Bun "$(node_modules/.bin/bun stack.mjs)" $'the outer method: emit\na function that is not on the stack: top'
echo "as seen: Bun 1.4.5 cuts a stack trace by the name of the function"
