#!/usr/bin/env bash
# Deno 2.9.6: a listener that is added to a signal while the signal is delivered gets that same delivery.
#
# An emitter copies its listeners before it calls them, and Node says so of `emit`. Deno's `process` hands signals to a list that it goes
# through while it grows.
#
# Why it matters: "on the first signal stop in order, on a second one exit at once" is written as a listener that adds another one. In
# Deno the other one runs at once, and the process exits before it has stopped anything: so does every program with close-with-grace
# 2.5.0. That has a second fault there: it listens to SIGILL, which Deno refuses with a TypeError, unless the program skips it.
#
# Seen (Node 20.20.2 and Deno 2.9.6):
#   node: first
#   deno: first second
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
# The package downloads its program in its install script, or finds it in an optional package.
npm install --no-audit --no-fund --silent --foreground-scripts deno@2.9.6 >/dev/null 2>&1

cat >signal.mjs <<'PROGRAM'
let calls = 'first';
process.once('SIGTERM', () => {
  process.on('SIGTERM', () => {
    calls += ' second';
  });
  setTimeout(() => {
    console.log(calls);
    process.exit();
  }, 100);
});
// A signal alone keeps no process alive.
setInterval(() => undefined, 1000);
process.kill(process.pid, 'SIGTERM');
PROGRAM

expect() {
  if [[ $2 != "$3" ]]; then
    printf '%s changed. Seen now:\n%s\nBefore:\n%s\n' "$1" "$2" "$3"
    exit 1
  fi
}

expect Node "$(node signal.mjs)" 'first'
expect Deno "$(node_modules/.bin/deno run -A signal.mjs)" 'first second'
echo "as seen: Deno 2.9.6 delivers a signal to listeners that are added meanwhile"
