#!/usr/bin/env bash
# Node 20, 22 and 24: an error keeps every object whose method stands on its stack alive, until somebody reads `error.stack`.
#
# The stack of an error is formatted when it is read for the first time. Until then V8 keeps the frames themselves, each with its receiver,
# `this`. An error in a list (an error handler that collects, a test's spy, a buffer of recent failures, the `cause` of another error) so
# holds the services through which it was thrown, and all that they hold. Reading `stack` once frees them.
#
# Why it matters: a request's service that threw is never collected while its error is kept, though the error has no property that points
# to it. A leak test that collects errors fails for no visible reason, and logging the errors, which reads the stack, makes it pass.
#
# Seen, on each version: stack not read: alive; stack read: collected
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null

cat >kept.mjs <<'PROGRAM'
class Service {
  run() {
    return new Error('failed');
  }
}

const kept = [];
function fail(readsStack) {
  const service = new Service();
  const error = service.run();
  if (readsStack) String(error.stack);
  kept.push(error);
  return new WeakRef(service);
}

async function fate(service) {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    globalThis.gc();
  }
  return service.deref() === undefined ? 'collected' : 'alive';
}

const [unread, read] = [fail(false), fail(true)];
console.log(`stack not read: ${await fate(unread)}; stack read: ${await fate(read)}`);
PROGRAM

before='stack not read: alive; stack read: collected'
for version in 20.20.2 22.23.3 24.21.0; do
  npm install --no-audit --no-fund --silent "node@$version"
  seen=$(node_modules/.bin/node --expose-gc kept.mjs)
  if [[ $seen != "$before" ]]; then
    printf 'Node %s changed. Seen now:\n%s\nBefore:\n%s\n' "$version" "$seen" "$before"
    exit 1
  fi
done
echo 'as seen: an error holds the receivers of its stack until the stack is read (Node 20, 22, 24)'
