#!/usr/bin/env bash
# ioredis 5.11.1: the timer of `socketTimeout` is cleared by data, and not by the end of the connection.
#
# A command starts the timer, and the next data from the server clears it. `disconnect()` ends the client (event `end`, every command
# rejected), but nothing clears the timer: it keeps the process alive for the whole `socketTimeout`, and then destroys a stream that was
# closed long ago.
#
# Why it matters: `socketTimeout` is for servers that have fallen silent, and just then a program that gives up and disconnects does not
# exit. With a time-out of minutes, a graceful shutdown ends by being killed.
#
# Seen: after `end`: [ 'Timeout' ]; exits after the time-out: true
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ioredis@5.11.1

cat >silent.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

// A server that takes every command and never answers.
const server = createServer((socket) => socket.resume());
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const SOCKET_TIMEOUT = 1500;
const client = new Redis(server.address().port, '127.0.0.1', {
  lazyConnect: true,
  enableReadyCheck: false,
  disableClientInfo: true,
  retryStrategy: () => null,
  socketTimeout: SOCKET_TIMEOUT,
});
client.on('error', () => {});
await client.connect();
const answer = client.ping().catch((error) => error.message);
const ended = once(client, 'end');
client.disconnect();
await Promise.all([ended, answer]);
server.close();
for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));

const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
console.log('after `end`:', timers);
const start = Date.now();
process.on('exit', () =>
  console.log('exits after the time-out:', Date.now() - start > SOCKET_TIMEOUT / 2),
);
PROGRAM

seen=$(node silent.mjs)
before=$'after `end`: [ \'Timeout\' ]\nexits after the time-out: true'
if [[ $seen != "$before" ]]; then
  printf 'changed. Seen now:\n%s\nBefore:\n%s\n' "$seen" "$before"
  exit 1
fi
echo 'as seen: the timer of socketTimeout outlives disconnect() in ioredis 5.11.1'
