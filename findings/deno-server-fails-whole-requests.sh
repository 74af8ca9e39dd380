#!/usr/bin/env bash
# Deno 2.9.6: a `node:http` server fails a request whose body came whole, if the client closes its side right behind the last byte.
#
# A request's stream ends when all of its body has been read, and fails when the connection broke before. Deno handles the end of the
# connection before the end of the body where both have come in one read: the request emits all of its data, then `error` with the code
# ECONNRESET, never `end`. Its `complete` is true. Nothing can be answered: the socket is destroyed, although the client still reads.
#
# Where the body is cut short by a client that has only closed its side, Node answers: `clientError` has a socket that can be written.
# Deno's is destroyed by then.
#
# Why it matters: a proxy, a webhook sender or `nc -N` that sends its request and closes its side loses requests that have arrived whole.
# A framework's body parser reports them as aborted. With Node, and with Bun, the same programs answer.
#
# Seen (Node 20.20.2, Bun 1.4.5 and Deno 2.9.6):
#   node, bun: whole: end after 10, complete true, answered HTTP/1.1 200 OK
#              cut short: error after 5, complete false, answered HTTP/1.1 400 Bad Request
#   deno:      whole: error after 10, complete true, answered nothing
#              cut short: error after 5, complete false, answered nothing
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
# The packages download their programs in their install scripts, or find them in optional packages.
npm install --no-audit --no-fund --silent --foreground-scripts bun@1.4.5 deno@2.9.6 >/dev/null 2>&1

cat >requests.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';

async function send(name, body) {
  let seen = '';
  const server = createServer((request, response) => {
    let bytes = 0;
    const note = (what) => {
      seen = `${what} after ${bytes}, complete ${request.complete}`;
    };
    request.on('data', (chunk) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      note('end');
      response.end('heard');
    });
    request.on('error', () => note('error'));
  });
  server.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');

  // It closes its own side, and goes on reading.
  const client = connect({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  client.on('data', (text) => {
    answer += text;
  });
  client.end(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n${body}`);
  await once(client, 'end');
  client.destroy();
  await once(server.close(), 'close');
  console.log(`${name}: ${seen}, answered ${answer.split('\r\n')[0] || 'nothing'}`);
}

await send('whole', '0123456789');
await send('cut short', '01234');
PROGRAM

expect() {
  if [[ $2 != "$3" ]]; then
    printf '%s changed. Seen now:\n%s\nBefore:\n%s\n' "$1" "$2" "$3"
    exit 1
  fi
}

answered=$'whole: end after 10, complete true, answered HTTP/1.1 200 OK\ncut short: error after 5, complete false, answered HTTP/1.1 400 Bad Request'
failed=$'whole: error after 10, complete true, answered nothing\ncut short: error after 5, complete false, answered nothing'
expect Node "$(node requests.mjs)" "$answered"
expect Bun "$(node_modules/.bin/bun requests.mjs)" "$answered"
expect Deno "$(node_modules/.bin/deno run -A requests.mjs)" "$failed"
echo "as seen: Deno 2.9.6 fails requests that came whole when the client closes its side"
