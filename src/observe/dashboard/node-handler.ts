/** The dashboard behind servers of Node.js: `node:http`, Express, Koa and Fastify. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DashboardRequest, type DashboardResponse, MOST_BYTES } from './exchange.js';

type Answer = (request: DashboardRequest) => Promise<DashboardResponse>;

/** A listener of `node:http` and a middleware of Express: it takes Node's request and response, whatever types they have there. */
export type NodeHandler = (request: object, response: object, next?: () => void) => void;

/** Answers each request below its path; others go on to `next`, if there is one. */
export function nodeHandler(answer: Answer, path: string): NodeHandler {
  return (given, answered, next) => {
    const [request, response] = [given as IncomingMessage, answered as ServerResponse];
    const below = pathBelow(request, path);
    if (below === undefined) {
      if (next === undefined) response.writeHead(404).end();
      else next();
      return;
    }
    void respond(answer, request, response, below);
  };
}

/** A middleware of Koa. */
export type KoaHandler = (context: object, next: () => Promise<unknown>) => Promise<void>;

interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond: boolean;
}

/** The context's own answer is left alone. */
export function koaMiddleware(answer: Answer, path: string): KoaHandler {
  return async (given, next) => {
    const context = given as KoaContext;
    const below = pathBelow(context.req, path);
    if (below === undefined) {
      await next();
      return;
    }
    context.respond = false;
    await respond(answer, context.req, context.res, below);
  };
}

/** A plugin of Fastify. */
export type FastifyRoutes = (instance: object, options: { prefix?: string }) => Promise<void>;

interface FastifyInstance {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): void;
  all(
    path: string,
    handler: (
      request: { raw: IncomingMessage },
      reply: { raw: ServerResponse; hijack(): void },
    ) => Promise<void>,
  ): void;
}

export function fastifyRoutes(answer: Answer): FastifyRoutes {
  return async (given, { prefix = '' }) => {
    const instance = given as FastifyInstance;
    // The body is read here, and not before who asks is known.
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const handler: Parameters<FastifyInstance['all']>[1] = async ({ raw }, reply) => {
      reply.hijack();
      await respond(answer, raw, reply.raw, pathBelow(raw, prefix) ?? '/');
    };
    instance.all('/', handler);
    instance.all('/*', handler);
  };
}

/** `''` for the path itself without a slash; `undefined` for a request to something else. */
function pathBelow(request: IncomingMessage, path: string): string | undefined {
  const { pathname } = urlOf(request.url);
  if (path !== '') {
    if (pathname !== path && !pathname.startsWith(`${path}/`)) return undefined;
    return pathname.slice(path.length);
  }
  // Express takes the path away, and the slash that was not there.
  const { originalUrl } = request as { readonly originalUrl?: string };
  const asked = originalUrl === undefined ? pathname : urlOf(originalUrl).pathname;
  return pathname === '/' && !asked.endsWith('/') ? '' : pathname;
}

async function respond(
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const found = await answer({
    method: request.method ?? 'GET',
    path,
    query: urlOf(request.url).searchParams,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: () => textOf(request),
    onClose: (listener) => {
      // It may have gone while it was asked who it is, and is not heard of again.
      if (response.destroyed || response.closed) listener();
      else response.once('close', listener);
    },
    raw: request,
  }).catch(failure);
  const headers =
    found.status === 308 ? { ...found.headers, location: `${lastPart(request)}/` } : found.headers;
  response.writeHead(found.status, headers);
  if (typeof found.body === 'string')
    response.end(request.method === 'HEAD' ? undefined : found.body);
  else
    found.body({
      write: (chunk) => response.write(chunk),
      end: () => response.end(),
      isBehind: () => response.writableNeedDrain,
    });
}

/** Relative, so that it is right behind a proxy too. */
function lastPart(request: IncomingMessage): string {
  const { originalUrl = request.url ?? '/' } = request as {
    readonly originalUrl?: string;
    readonly url?: string;
  };
  return urlOf(originalUrl).pathname.split('/').at(-1) ?? '';
}

/** Never throws: a path may begin with two slashes, and a proxy sends the whole address. */
function urlOf(target = '/'): URL {
  if (target.startsWith('/')) return new URL(`http://dashboard${target}`);
  return URL.canParse(target) ? new URL(target) : new URL('http://dashboard/');
}

/** What went wrong is not told to the other side. */
function failure(): DashboardResponse {
  return {
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"The dashboard failed."}',
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('The body is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
