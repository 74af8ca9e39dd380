/** One page on which an application can be seen at work: what is sent, who hears it, what is alive, what the queues hold. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import {
  callback,
  checkOptions,
  flag,
  listOf,
  name,
  type OptionShape,
  whole,
} from '../../../decorators/check-options.js';
import type { Application } from '../../application/application.js';
import { applicationOf } from '../../application/application-of.js';
import { describe } from '../describe.js';
import { Access } from './access.js';
import {
  answer,
  type DashboardRequest,
  type DashboardResponse,
  json,
  refused,
} from './exchange.js';
import { Feed } from './feed.js';
import { feedStream } from './feed-stream.js';
import { fetchHandler, type PlatformResponse } from './fetch-handler.js';
import { type DashboardAddress, HIGHEST_PORT, type ListeningDashboard, listen } from './listen.js';
import {
  type FastifyRoutes,
  fastifyRoutes,
  type KoaHandler,
  koaMiddleware,
  type NodeHandler,
  nodeHandler,
} from './node-handler.js';
import { pageFile, readPageFile } from './page-files.js';
import { type DashboardCommand, isCommand, QueueCommands, readCommand } from './queue-commands.js';
import { record } from './recorder.js';
import type { Redact } from './shown-payload.js';

/** How a dashboard is set up. */
export interface DashboardOptions {
  /** What the page calls the place: `'staging'`. Default `NODE_ENV`, or `'development'`. */
  readonly environment?: string;
  /** Whether the page may retry, edit and drop dead letters, and pause queues. Default only if `NODE_ENV` is `'development'`. */
  readonly commands?: boolean;
  /**
   * Lets a request in, by what your server knows of it: gets Node's request, or the `Request`. Default: {@link Dashboard.token} is asked for.
   * Needed to listen on anything but this machine.
   */
  readonly auth?: (request: object) => boolean | Promise<boolean>;
  /** Host names under which the dashboard is reached, beside those of this machine. Default none. */
  readonly hosts?: readonly string[];
  /** Gives what may be shown of a payload. Members whose names look like secrets are left out in any case. Default all others. */
  readonly redact?: (payload: unknown, event: string) => unknown;
  /** Gets each command that was carried out or failed, with the reason that its author gave: an audit log. Default none. */
  readonly onCommand?: (command: DashboardCommand) => void;
  /** How many of the last changes the feed keeps. Default 2,000. */
  readonly keep?: number;
}

const OPTIONS: OptionShape<DashboardOptions> = /* @__PURE__ */ (() => ({
  environment: name(),
  commands: flag(),
  auth: callback(),
  hosts: listOf(name()),
  redact: callback(),
  onCommand: callback(),
  keep: whole({ least: 1 }),
}))();

const ADDRESS: OptionShape<DashboardAddress> = /* @__PURE__ */ (() => ({
  port: whole({ most: HIGHEST_PORT }),
  host: name(),
}))();

/** Where a handler is mounted. */
export interface MountOptions {
  /** The path, for servers that do not take it away themselves: `'/carillon'`. Default none. */
  readonly path?: string;
}

/** Shows an application. Made by {@link dashboard}. */
export class Dashboard {
  readonly #application: Application;
  readonly #container: object;
  readonly #options: DashboardOptions;
  readonly #access: Access;
  readonly #feed: Feed;
  readonly #queues: QueueCommands;
  readonly #stopRecording: () => void;
  readonly #streams = new Set<() => void>();
  #isClosed = false;

  /** Made by {@link dashboard}. */
  constructor(container: object, options: DashboardOptions) {
    const { auth, hosts = [], redact, keep = 2000 } = options;
    this.#container = container;
    this.#application = applicationOf(container);
    this.#options = options;
    this.#access = new Access({ hosts, auth });
    this.#feed = new Feed(keep);
    this.#queues = new QueueCommands(this.#application, redact as Redact | undefined);
    this.#stopRecording = record(this.#application, this.#feed, redact);
    this.#application.scope.onDispose(() => this.close());
  }

  /** Lets a browser in: behind `#` in the address of the page, so that no server and no log gets it. */
  get token(): string {
    return this.#access.token;
  }

  /**
   * A handler of `node:http`, and a middleware of Express.
   *
   * @example
   * app.use('/carillon', board.node());
   */
  node({ path = '' }: MountOptions = {}): NodeHandler {
    return nodeHandler((request) => this.#answer(request), path);
  }

  /**
   * A plugin of Fastify.
   *
   * @example
   * await app.register(board.fastify(), { prefix: '/carillon' });
   */
  fastify(): FastifyRoutes {
    return fastifyRoutes((request) => this.#answer(request));
  }

  /**
   * A middleware of Koa.
   *
   * @example
   * app.use(board.koa({ path: '/carillon' }));
   */
  koa({ path = '' }: MountOptions = {}): KoaHandler {
    return koaMiddleware((request) => this.#answer(request), path);
  }

  /**
   * Answers a `Request`: for Hono and other servers of `fetch`.
   *
   * @example
   * app.all('/carillon/*', ({ req }) => board.fetch(req.raw, { path: '/carillon' }));
   */
  fetch(request: object, { path = '' }: MountOptions = {}): Promise<PlatformResponse> {
    return fetchHandler((asked) => this.#answer(asked), path)(request as Request);
  }

  /**
   * Serves the page alone.
   *
   * @param address `port`: default any that is free; `host`: default this machine only
   * @returns its address, with the token
   * @throws CarillonError (a rejection) `CAR7080` for a host of other machines without `auth`, for an address that is taken or is not of this
   * machine, and for a dashboard that was closed
   * @example
   * const { url } = await dashboard(container).listen({ port: 4100 });
   */
  async listen(address: DashboardAddress = {}): Promise<ListeningDashboard> {
    checkOptions('CAR7080', 'listen()', ADDRESS, address);
    const { port = 0, host = '127.0.0.1' } = address;
    if (this.#options.auth === undefined && !['127.0.0.1', '::1', 'localhost'].includes(host)) {
      throw new CarillonError(
        'CAR7080',
        `The dashboard would listen on ${host} and ask nobody who they are. Give auth, or listen on 127.0.0.1.`,
      );
    }
    const server = await listen(this.node(), { port, host });
    if (this.#isClosed) {
      server.close();
      throw new CarillonError(
        'CAR7080',
        'The dashboard was closed before it listened. Make a new one: dashboard(container).',
      );
    }
    this.#streams.add(server.close);
    const fragment = this.#options.auth === undefined ? `#${this.token}` : '';
    return { ...server, url: `${server.url}${fragment}` };
  }

  /** Ends it: nothing is recorded any more, and who looks is told so. Also at the end of the application. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopRecording();
    for (const end of [...this.#streams]) end();
    this.#streams.clear();
  }

  async #answer(request: DashboardRequest): Promise<DashboardResponse> {
    const refusal = this.#access.refusal(request);
    if (refusal !== undefined) return refused(403, refusal);
    const { method, path } = request;
    if (method === 'GET' || method === 'HEAD') return this.#read(request);
    if (method !== 'POST') return refused(405, 'GET and POST only.');
    if (path === '/session') return this.#openSession(await request.body());
    if (!(await this.#access.allows(request))) return refused(401, 'Open the page with its token.');
    return this.#command(request);
  }

  async #read(request: DashboardRequest): Promise<DashboardResponse> {
    const { path } = request;
    // Relative addresses within the page need the slash.
    if (path === '') return answer(308, 'text/plain', '', { location: './' });
    const file = pageFile(path === '/' ? 'index.html' : path.slice(1));
    if (file !== undefined) return answer(200, file.type, await readPageFile(file.file));
    if (!(await this.#access.allows(request))) return refused(401, 'Open the page with its token.');
    if (path === '/feed') return this.#stream(request);
    if (path === '/about') return json(this.#about());
    if (path === '/topology') return json(describe(this.#container));
    if (path === '/alive') return json(this.#application.audit());
    return this.#readQueues(path);
  }

  #about(): object {
    const { environment = process.env['NODE_ENV'] ?? 'development' } = this.#options;
    return { application: this.#application.scope.name, environment, commands: this.#hasCommands };
  }

  get #hasCommands(): boolean {
    return this.#options.commands ?? process.env['NODE_ENV'] === 'development';
  }

  #stream(request: DashboardRequest): DashboardResponse {
    // 204 tells a browser not to come again.
    if (this.#isClosed) return answer(204, 'text/plain', '');
    // A browser says it when it connects again by itself; the page, when it goes on after a pause.
    const seen = Number(request.header('last-event-id') ?? request.query.get('seen'));
    return feedStream(this.#feed, Number.isSafeInteger(seen) ? seen : undefined, (end) => {
      const once = () => {
        if (this.#streams.delete(once)) end();
      };
      this.#streams.add(once);
      request.onClose(once);
    });
  }

  async #readQueues(path: string): Promise<DashboardResponse> {
    const [, first, name, rest, id] = path.split('/').map(decoded);
    if (first !== 'queues') return refused(404, 'There is no such page.');
    try {
      if (name === undefined) {
        const names = describe(this.#container).queues.map((queue) => queue.name);
        return json(await this.#queues.list(names));
      }
      if (rest !== 'dead') return refused(404, 'There is no such page.');
      return json(
        id === undefined
          ? await this.#queues.deadLetters(name)
          : await this.#queues.inspect(name, id),
      );
    } catch (error) {
      return refused(409, codeOf(error));
    }
  }

  #openSession(token: string): DashboardResponse {
    const cookie = this.#access.open(token);
    if (cookie === undefined) return refused(401, 'This is not the token.');
    return answer(204, 'text/plain', '', { 'set-cookie': cookie });
  }

  async #command(request: DashboardRequest): Promise<DashboardResponse> {
    const [, first, queue, command] = request.path.split('/').map(decoded);
    if (first !== 'queues' || queue === undefined || !isCommand(command))
      return refused(404, 'There is no such command.');
    if (!this.#hasCommands) return refused(403, 'This dashboard is read-only.');
    const body = readCommand(command, await request.body());
    if (body === undefined)
      return refused(400, 'A command is JSON with a reason; one for dead letters says which.');
    const { which, reason } = body;
    const done = { time: new Date(), command, queue, which, reason };
    try {
      const count = await this.#queues.run(command, queue, body);
      this.#options.onCommand?.({ ...done, count });
      return json({ count });
    } catch (error) {
      this.#options.onCommand?.({ ...done, count: 0, error: codeOf(error) });
      return refused(409, codeOf(error));
    }
  }
}

/**
 * Shows an application: a live feed of what is sent and who handled it, the graph, what is alive, and the queues with their dead letters. While
 * it is open, every emit is looked at, so that none takes the fast path: for development, and for looking into a system under moderate load.
 *
 * It is safe by default: only this machine reaches it, with a token; it is read-only unless `NODE_ENV` is `'development'`; members of payloads
 * that look like secrets are left out.
 *
 * @param container a container with events, or an application
 * @throws CarillonError `CAR7053` for a container without events, `CAR7080` for an option that is wrong
 * @example
 * const { url } = await dashboard(container).listen();
 * console.log(`look at ${url}`);
 */
export function dashboard(container: object, options: DashboardOptions = {}): Dashboard {
  checkOptions('CAR7080', 'dashboard()', OPTIONS, options);
  return new Dashboard(container, options);
}

/** An error's code tells enough: its message may hold a name of the program's. */
function codeOf(error: unknown): string {
  const { code, name: kind } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(kind ?? 'error');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
