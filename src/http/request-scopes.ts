/** A scope for each request, connection and job, in whatever framework. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  callback,
  checkOptions,
  hasMethods,
  type OptionShape,
} from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import { OPEN_SCOPE, type ScopeOpener } from '../application/scope-opener.js';
import type { DisposalReport } from '../scope/disposal-report.js';
import { isFetchResponse, tellingBodyEnd } from './body-end.js';
import { type Connection, Connections } from './connections.js';
import { currentContainer } from './current-container.js';
import { type ExpressMiddleware, expressMiddleware } from './express.js';
import { type FastifyPlugin, fastifyPlugin } from './fastify.js';
import { type HonoMiddleware, honoMiddleware } from './hono.js';
import { type KoaMiddleware, koaMiddleware } from './koa.js';
import { LiveScopes } from './live-scopes.js';
import { RequestOpener } from './request-opener.js';

/** How the scopes of requests are set up. */
export interface RequestScopesOptions {
  /**
   * How long a request or a job may be open; `Infinity` for no limit. Then its scope is ended and reported as `CAR3020`. Default `Infinity`: a
   * handler that never answers a client which never leaves keeps its scope. A connection has no limit: its socket tells when it is closed.
   */
  readonly limit?: Duration;
  /** How long the end of a scope waits for what still runs in it. Default the container's own. */
  readonly drain?: Duration;
  /**
   * Names the scope of a request in errors and reports. Gets Node's request, or the `Request`. Default `'request 7'`: an address may hold
   * secrets.
   */
  readonly name?: (request: object) => string;
  /** Receives the report of each scope's end: which handlers were left behind, how many leases were out. Default nothing. */
  readonly onEnd?: (report: DisposalReport) => void;
}

/** What `requestScopes` takes. */
export const REQUEST_SCOPES: OptionShape<RequestScopesOptions> = /* @__PURE__ */ (() => ({
  limit: duration({ above: 0, unlimited: true }),
  drain: duration({ unlimited: true }),
  name: callback(),
  onEnd: callback(),
}))();

/** The container that is opened for a request: for a container of InversifyJS a `Container`, without any container an `ApplicationScope`. */
export type OpenedBy<Root extends object> = Root extends ScopeOpener<infer Opened> ? Opened : Root;

/** Opens a scope for each request, and ends it. Made by {@link requestScopes}. */
export class RequestScopes<Root extends object> {
  readonly #root: Root;
  readonly #scopes: LiveScopes<OpenedBy<Root>>;
  readonly #requests: RequestOpener<OpenedBy<Root>>;
  readonly #connections: Connections<OpenedBy<Root>>;

  /** Made by {@link requestScopes}. */
  constructor(root: Root, options: RequestScopesOptions) {
    const { limit = Number.POSITIVE_INFINITY, drain, name, onEnd } = options;
    this.#root = root;
    this.#scopes = new LiveScopes(root as unknown as ScopeOpener<OpenedBy<Root>>, {
      limit: milliseconds(limit),
      drain,
      onEnd,
    });
    this.#requests = new RequestOpener(this.#scopes, name);
    this.#connections = new Connections(this.#scopes);
  }

  /** The container of the request, the connection or the job under way; `undefined` outside of all. Follows `await`, timers and promises. */
  get current(): OpenedBy<Root> | undefined {
    return this.#scopes.storage.getStore()?.container;
  }

  /** How many requests, connections and jobs have a scope that has not ended. */
  get open(): number {
    return this.#scopes.size;
  }

  /**
   * The container of a request: Node's own, or that of a framework. `undefined` for one that has none.
   *
   * @param request Node's request, or the request or context of the framework
   */
  of(request: object): OpenedBy<Root> | undefined {
    return this.#requests.of(request)?.container;
  }

  /** Resolves once every scope has ended. Stop taking requests first, or it may take for ever. */
  settled(): Promise<void> {
    return this.#scopes.settled();
  }

  /**
   * A middleware of Express, Connect or NestJS. It cannot know when a handler settles: wrap those that go on without their client in
   * {@link handler}.
   *
   * @example
   * app.use(scopes.express());
   */
  express(): ExpressMiddleware {
    return expressMiddleware(this.#requests);
  }

  /**
   * A plugin of Fastify. A handler that returns a promise has its scope until that has settled, also when the client has gone.
   *
   * @example
   * await app.register(scopes.fastify());
   */
  fastify(): FastifyPlugin {
    return fastifyPlugin(this.#requests);
  }

  /**
   * A middleware of Koa. What comes after it has its scope until it has settled, also when the client has gone.
   *
   * @example
   * app.use(scopes.koa());
   */
  koa(): KoaMiddleware {
    return koaMiddleware(this.#requests);
  }

  /**
   * A middleware of Hono, on Node.js by `@hono/node-server` and elsewhere. A streamed body keeps the scope until it was read or cancelled.
   *
   * @example
   * app.use(scopes.hono());
   */
  hono(): HonoMiddleware {
    return honoMiddleware(this.#requests);
  }

  /**
   * A container for the adapters of `@inversifyjs/http-express`, `-fastify` and `-hono`: controllers, guards and all that they need come from
   * the container of the request. The framework needs the middleware as well.
   *
   * @example
   * new InversifyExpressHttpAdapter(scopes.inversify(), {}, express().use(scopes.express()));
   */
  inversify(): Root {
    return currentContainer(this.#root, () => this.current);
  }

  /**
   * A handler that has the scope of its request until it has settled, also when its client has gone.
   *
   * @param handle gets the container of the request, and then what the framework gives
   * @throws CarillonError (when it is called) `CAR2011` outside of a request, `CAR3001` when the request is over
   * @example
   * app.post('/orders', scopes.handler(async (container, request, response) => { … }));
   */
  handler<Args extends readonly unknown[], Result>(
    handle: (container: OpenedBy<Root>, ...args: Args) => Result,
  ): (...args: Args) => Result {
    return (...args) => {
      const live = this.#scopes.storage.getStore();
      if (live === undefined) throw outsideError();
      return live.run('handler', () => handle(live.container, ...args));
    };
  }

  /**
   * A listener of a WebSocket, of a socket of Socket.IO, or of an upgraded socket. The socket has one scope, whatever listens to it; it ends when the
   * socket is closed and what was called has settled.
   *
   * @param handle gets the container of the connection, and then what the event gives; what it throws is reported as `CAR3021`
   * @throws CarillonError `CAR3001` when the application has ended
   * @example
   * server.on('connection', (socket) => {
   *   socket.on('message', scopes.connection(socket, (container, data) => { … }));
   * });
   */
  connection<Args extends readonly unknown[]>(
    socket: Connection,
    handle: (container: OpenedBy<Root>, ...args: Args) => unknown,
  ): (...args: Args) => void {
    return this.#connections.listener(socket, handle);
  }

  /**
   * A function whose every call has a scope: a job, a Lambda, a route handler. Its promise settles once the scope has ended; where it gives a
   * `Response`, the scope ends when the body was read or cancelled.
   *
   * @param name the name of the scope in errors and reports
   * @param work gets the container of the call, and then its arguments
   * @throws CarillonError (a rejection of the function) `CAR3001` when the application has ended
   * @example
   * export const handler = scopes.run('orders', (container, event: OrderEvent) => container.get(Orders).take(event));
   */
  run<Args extends readonly unknown[], Result>(
    name: string,
    work: (container: OpenedBy<Root>, ...args: Args) => Result,
  ): (...args: Args) => Promise<Awaited<Result>> {
    return async (...args): Promise<Awaited<Result>> => {
      const live = this.#scopes.open(name);
      let isStreamed = false;
      try {
        const pending = live.run(name, async () => work(live.container, ...args));
        const result: Awaited<Result> = await pending;
        isStreamed = isFetchResponse(result);
        return isFetchResponse(result) ? tellingBodyEnd(result, () => live.close()) : result;
      } finally {
        if (!isStreamed) await live.end();
      }
    };
  }
}

/**
 * Gives each request, connection and job a scope of its own, which ends when its response or its socket is closed or its limit is over,
 * whichever is first. What still runs in it holds the end up, as long as the drain time.
 *
 * @param root a container with events, or an application without a container
 * @param options how long a request may be open, how long its end waits, its name, and who gets the report; by default there is no limit
 * @throws CarillonError `CAR2011` for a container that opens no scopes, `CAR7005` for options that are wrong
 * @example
 * const scopes = requestScopes(container, { limit: '2m' });
 * app.use(scopes.express());
 */
export function requestScopes<Root extends object>(
  root: Root,
  options: RequestScopesOptions = {},
): RequestScopes<Root> {
  checkOptions('CAR7005', 'requestScopes()', REQUEST_SCOPES, options);
  if (!hasMethods(root, [OPEN_SCOPE]))
    throw new CarillonError(
      'CAR2011',
      'requestScopes() was given a container that opens no scopes. Register events() first, or give createApplication().',
    );
  return new RequestScopes(root, options);
}

function outsideError(): CarillonError {
  return new CarillonError(
    'CAR2011',
    'A handler of requestScopes() was called outside of a request. Put the middleware before it, such as app.use(scopes.express()).',
  );
}
