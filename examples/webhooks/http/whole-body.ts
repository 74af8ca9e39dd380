/** Bodies that came whole, although their clients have gone. */
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';

/**
 * The body of a request, which ends once all of it has come, and fails where the client left before. Deno fails a request whose client
 * leaves right behind the last byte, and does not end it.
 */
export function wholeBody(request: IncomingMessage): Readable {
  const body = new PassThrough();
  // Not piped: what waits for its turn would be lost with the connection. The server's limit bounds what is kept.
  request.on('data', (chunk: Buffer) => body.write(chunk));
  request.once('end', () => body.end());
  request.once('error', (error) => (request.complete ? body.end() : body.destroy(error)));
  return body;
}
