/** One connection to RabbitMQ that sessions share: it is there while one of them is open, and reconnects automatically. */
import { type ChannelModel, connect, type SocketOptions } from 'amqplib';
import type { OptionShape } from '../../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../../decorators/duration.js';
import { realClock } from '../../dispatch/real-clock.js';
import { settledWithin } from '../../scope/deadline.js';
import { type CorkedSocket, gatherWrites } from '../gather-writes.js';
import { address, assertAddress, clientOptions, engineTime } from '../options.js';
import { pauseAfter, RECONNECT } from '../pauses.js';
import { Turns } from '../turns.js';

/** How to connect to RabbitMQ. */
export interface RabbitOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:`. A `heartbeat` in its query counts seconds, 10 by default. Default `amqp://127.0.0.1:5672`. */
  readonly url?: string;
  /** Further options of the client's socket, such as TLS, certificates or the client's properties. */
  readonly connection?: SocketOptions;
  /** How long a request waits for the server's answer. Default `'5s'`. */
  readonly patience?: Duration;
}

/** What {@link RabbitOptions} take. */
export const RABBIT: OptionShape<RabbitOptions> = /* @__PURE__ */ (() => ({
  url: address('amqp://127.0.0.1:5672', isAddress),
  connection: clientOptions(),
  patience: engineTime(),
}))();

/** What uses the connection. */
export interface LinkUser {
  /** The connection is there again. */
  connected(model: ChannelModel): void;
  /** The connection is lost. */
  lost(): void;
  /** Receives trouble of the connection, which one user is enough to tell. */
  failed(error: unknown): void;
}

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

/** How many users prepare their channels at once: a server creates queues one after another, and the patience counts for each. */
const AT_ONCE = 16;

interface Connected {
  readonly model: ChannelModel;
  /** Closes the socket: a silent peer would never do so. */
  cut(): void;
}

export class BrokerLink {
  /** How long, in milliseconds, the server may take to answer. */
  readonly patience: number;
  readonly #url: string;
  readonly #options: SocketOptions;
  /** In the order in which they were added. */
  readonly #users = new Set<LinkUser>();
  readonly #turns = new Turns(AT_ONCE);
  #leases = 0;
  #current: Connected | undefined;
  #connecting: Promise<Connected> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The last trouble that was told. */
  #told: string | undefined;

  constructor(options: RabbitOptions) {
    const { url = 'amqp://127.0.0.1:5672', connection, patience = 5000 } = options;
    this.#url = withHeartbeat(url);
    this.#options = { noDelay: true, ...connection };
    this.patience = milliseconds(patience);
  }

  /** The connection, while there is one. */
  get model(): ChannelModel | undefined {
    return this.#current?.model;
  }

  /** Whether the next one that leaves closes the connection. */
  get isLast(): boolean {
    return this.#leases === 1;
  }

  /** Connects, unless somebody has. Each call that resolves is followed by one of {@link leave}. */
  async join(): Promise<ChannelModel> {
    this.#leases += 1;
    try {
      return (this.#current ?? (await this.#connect())).model;
    } catch (error) {
      await this.leave();
      throw error;
    }
  }

  /** The last one closes the connection, which takes half a second at most. */
  async leave(): Promise<void> {
    this.#leases -= 1;
    if (this.#leases > 0) return;
    clearTimeout(this.#timer);
    const closed = this.#current;
    this.#current = undefined;
    if (closed === undefined) return;
    await settledWithin(realClock, CLOSING, [closed.model.close()]);
    closed.cut();
  }

  add(user: LinkUser): void {
    this.#users.add(user);
  }

  remove(user: LinkUser): void {
    this.#users.delete(user);
  }

  /** Drops the connection and makes a new one. */
  cut(): void {
    this.#current?.cut();
  }

  /** Runs what prepares channels, a few at a time. */
  prepare(action: () => Promise<void>): Promise<void> {
    return this.#turns.run(() => this.inTime(action()));
  }

  /** Drops the connection when the time is over: a late request must not take effect after its caller was told that it failed. */
  async inTime<T>(answer: Promise<T>): Promise<T> {
    const asked = this.#current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer for ${this.patience} ms`));
        asked?.cut();
      }, this.patience);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #connect(): Promise<Connected> {
    this.#connecting ??= this.#connectOnce().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connectOnce(): Promise<Connected> {
    clearTimeout(this.#timer);
    const abort = new AbortController();
    const options = { ...this.#options, timeout: this.patience, signal: abort.signal };
    const model = await connect(this.#url, options);
    const connected = { model, cut: () => abort.abort() };
    gatherWrites(socketOf(model));
    model.on('error', () => undefined);
    model.on('close', (error) => {
      connected.cut();
      if (this.#current === connected)
        this.#lost(error ?? new Error('the server has closed the connection'));
    });
    if (this.#leases === 0) {
      connected.cut();
      throw new Error('it was closed meanwhile');
    }
    this.#current = connected;
    this.#told = undefined;
    for (const user of this.#users) user.connected(model);
    return connected;
  }

  #lost(error: unknown): void {
    this.#current = undefined;
    for (const user of this.#users) user.lost();
    this.#tell(error);
    this.#reconnect(0);
  }

  #reconnect(attempts: number): void {
    clearTimeout(this.#timer);
    if (this.#leases === 0) return;
    this.#timer = setTimeout(
      () => {
        if (this.#current !== undefined) return;
        this.#connect().catch((error: unknown) => {
          this.#tell(error);
          this.#reconnect(attempts + 1);
        });
      },
      pauseAfter(attempts, RECONNECT),
    );
  }

  /** Each trouble once, until the connection is there again. */
  #tell(error: unknown): void {
    const trouble = describe(error);
    if (this.#leases === 0 || trouble === this.#told) return;
    this.#told = trouble;
    const [first] = this.#users;
    first?.failed(error);
  }
}

function describe(error: unknown): string {
  const { code, message } = (error ?? {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  return `${String(code)} ${String(message)}`;
}

/** The client's types do not declare it. */
function socketOf(model: ChannelModel): CorkedSocket {
  return (model.connection as unknown as { readonly stream: CorkedSocket }).stream;
}

/** Whether it is an address that the client understands. */
function isAddress(url: string): boolean {
  return /^amqps?:/.test(url) && URL.canParse(url);
}

/** The client has no default heartbeat, and the server's is a minute. */
function withHeartbeat(url: string): string {
  assertAddress(url);
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', '10');
  return parsed.href;
}
