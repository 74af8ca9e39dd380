/** One small program on each framework: what its handlers do is told by the test. */
import { AsyncResource } from 'node:async_hooks';
import { createServer, type Server } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { serve as serveHono } from '@hono/node-server';
import type { AdapterApplication } from 'carillon/adapter';
import type { ApplicationScope, RequestScopes } from 'carillon/http';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';

export type Scopes = RequestScopes<AdapterApplication>;

/** What a handler is asked, and what it answers. `'stream'` answers with a first event, and goes on for ever. */
export type Answer = (
  path: string,
  body: unknown,
  container: ApplicationScope | undefined,
) => Promise<string>;

/** What the error handler of the program saw. */
export type Failed = (container: ApplicationScope | undefined) => void;

export interface HttpProgram {
  readonly port: number;
  readonly server: Server;
  /** Takes no more requests; resolves once none is under way. */
  close(): Promise<void>;
}

export type StartProgram = (scopes: Scopes, answer: Answer, failed: Failed) => Promise<HttpProgram>;

/** Runs in the context in which this module was loaded: of no request. */
const outside = AsyncResource.bind((work: () => void) => work());

const FIRST_EVENT = 'data: first\n\n';

export const PROGRAMS: Readonly<Record<string, StartProgram>> = {
  async Express(scopes, answer, failed) {
    const app = express();
    app.use(scopes.express());
    app.use(express.json());
    app.use(
      scopes.handler(async (container, request: express.Request, response: express.Response) => {
        const text = await answer(request.path, request.body, container);
        if (text === 'stream') response.write(FIRST_EVENT);
        else response.send(text);
      }),
    );
    app.use(
      (_: unknown, __: express.Request, response: express.Response, ___: express.NextFunction) => {
        failed(scopes.current);
        response.status(500).end('failed');
      },
    );
    return listening(createServer(app));
  },

  async Fastify(scopes, answer, failed) {
    const app = Fastify({ forceCloseConnections: true });
    await app.register(scopes.fastify());
    app.setErrorHandler(async (_error, _request, reply) => {
      failed(scopes.current);
      return reply.code(500).send('failed');
    });
    // As a hook does that waits for a pool of connections.
    app.addHook('preParsing', (_request, _reply, payload, next) =>
      outside(() => next(null, payload)),
    );
    app.addHook('preHandler', async (request) => {
      if (scopes.current !== scopes.of(request)) throw new Error('The context is lost.');
    });
    app.all('/*', async (request, reply) => {
      const text = await answer(request.url, request.body, scopes.of(request));
      if (text !== 'stream') return text;
      reply.hijack();
      reply.raw.write(FIRST_EVENT);
      return;
    });
    await app.ready();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { port, server: app.server, close: () => app.close() };
  },

  async Koa(scopes, answer, failed) {
    const app = new Koa();
    app.silent = true;
    app.use(scopes.koa());
    app.use(async (context, next) => {
      try {
        await next();
      } catch {
        failed(scopes.current);
        context.status = 500;
        context.body = 'failed';
      }
    });
    app.use(async (context) => {
      const body = context.method === 'POST' ? await readJson(context.req) : undefined;
      const text = await answer(context.path, body, scopes.of(context));
      if (text === 'stream') {
        context.respond = false;
        context.res.write(FIRST_EVENT);
      } else context.body = text;
    });
    return listening(createServer(app.callback()));
  },

  async Hono(scopes, answer, failed) {
    const app = new Hono();
    app.use(scopes.hono());
    app.onError((_error, context) => {
      failed(scopes.current);
      return context.text('failed', 500);
    });
    app.all('/*', async (context) => {
      const body = context.req.method === 'POST' ? await context.req.json() : undefined;
      const text = await answer(context.req.path, body, scopes.of(context));
      if (text !== 'stream') return context.text(text);
      return new Response(
        new ReadableStream({
          start: (events) => events.enqueue(new TextEncoder().encode(FIRST_EVENT)),
        }),
      );
    });
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    await new Promise((resolve) => server.once('listening', resolve));
    return running(server);
  },
};

/** The same on HTTP/2, without encryption. */
export const PROGRAMS_2: Readonly<Record<string, StartProgram>> = {
  async Fastify(scopes, answer, failed) {
    const app = Fastify({ http2: true });
    await app.register(scopes.fastify());
    app.setErrorHandler(async () => failed(scopes.current));
    app.all('/*', async (request) => answer(request.url, request.body, scopes.of(request)));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { port, server: app.server as unknown as Server, close: () => app.close() };
  },

  async Koa(scopes, answer) {
    const app = new Koa();
    app.silent = true;
    app.use(scopes.koa());
    app.use(async (context) => {
      context.body = await answer(context.path, undefined, scopes.of(context));
    });
    return listening(createServer2(app.callback()) as unknown as Server);
  },
};

async function readJson(request: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function listening(server: Server): Promise<HttpProgram> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return running(server);
}

function running(server: Server): HttpProgram {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, server, close };
}
