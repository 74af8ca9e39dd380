/** The web server: each request has a recorded scope of its own, and goes through the phases in it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openScope } from 'carillon/inversify';
import type { Container } from 'inversify';
import { AccessPhase } from './access-phase.js';
import { ContentPhase } from './content-phase.js';
import { LogPhase } from './log-phase.js';
import { ResponseHead } from './response-head.js';

/** A server that listens. */
export interface PhasesServer {
  readonly url: string;
  /** Requests whose phases failed. */
  readonly failed: readonly unknown[];
  /** Resolves when every request has been answered and its scope has ended. */
  close(): Promise<void>;
}

export async function listen(container: Container): Promise<PhasesServer> {
  const failed: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answering = answer(container, request, response)
      .catch((error: unknown) => {
        failed.push(error);
        response.destroy();
      })
      .finally(() => underWay.delete(answering));
    underWay.add(answering);
  });
  // More than so many connections at once wait to be accepted.
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failed,
    close: async () => {
      await closed(server);
      await Promise.all(underWay);
    },
  };
}

async function answer(
  container: Container,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await using scope = openScope(container, {
    name: `${request.method} ${request.url}`,
    record: true,
  });
  const head = scope.get(ResponseHead);
  scope.get(AccessPhase).check(request.headers);
  const content = await scope.get(ContentPhase).write();
  response.writeHead(head.status, head.headers).end(content);
  await scope.get(LogPhase).write();
}

async function closed(server: Server): Promise<void> {
  const closing = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closing;
}
