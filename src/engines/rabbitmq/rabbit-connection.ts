/** A connection to RabbitMQ that reconnects automatically, with its channels and subscriptions, until it is closed. */
import { type Channel, type ChannelModel, connect, type SocketOptions } from 'amqplib';
import type { OptionShape } from '../../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../../decorators/duration.js';
import { realClock } from '../../dispatch/real-clock.js';
import { settledWithin } from '../../scope/deadline.js';
import { address, clientOptions, engineTime } from '../options.js';
import { type CorkedSocket, gatherWrites } from './gather-writes.js';

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

/** Prepares a new connection before it is used. */
export type SetUp = (model: ChannelModel) => Promise<void>;

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

export class RabbitConnection {
  /** How long, in milliseconds, the server may take to answer. */
  readonly patience: number;
  readonly #url: string;
  readonly #options: SocketOptions;
  readonly #setUp: SetUp;
  readonly #failed: (error: unknown) => void;
  #model: ChannelModel | undefined;
  readonly #waiters: { resolve(): void; reject(error: unknown): void }[] = [];
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param setUp opens its channels and subscriptions; called again after each reconnect
   * @param failed receives errors that no caller waits for
   */
  constructor(options: RabbitOptions, setUp: SetUp, failed: (error: unknown) => void) {
    const { url = 'amqp://127.0.0.1:5672', connection, patience = 5000 } = options;
    this.#url = withHeartbeat(url);
    this.#options = { noDelay: true, ...connection };
    this.patience = milliseconds(patience);
    this.#setUp = setUp;
    this.#failed = failed;
  }

  /** Connects for the first time. If that fails, nothing is left open. */
  open(): Promise<void> {
    return this.#connect();
  }

  /** Rejects if there is no connection, or the server does not answer in time. */
  async ask<T>(question: (model: ChannelModel) => Promise<T>): Promise<T> {
    if (this.#model === undefined) throw new Error('it is not connected');
    return this.#inTime(question(this.#model));
  }

  /** Like {@link ask}, but waits for a connection, and asks again if it is lost before the answer. */
  async askUntil<T>(question: (model: ChannelModel) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#model === undefined) await this.#connected();
      const model = this.#model;
      try {
        return await this.ask(question);
      } catch (error) {
        if (this.#closing !== undefined || (model !== undefined && model === this.#model))
          throw error;
      }
    }
  }

  /** Drops the connection and makes a new one. */
  renew(): void {
    this.#abort?.abort();
  }

  /** Takes half a second at most. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #connect(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    let loss: unknown;
    try {
      const options = { ...this.#options, timeout: this.patience, signal: abort.signal };
      const model = await connect(this.#url, options);
      gatherWrites(socketOf(model));
      model.on('error', () => undefined);
      model.on('close', (error) => {
        loss = error ?? new Error('the server has closed the connection');
        // A silent peer would never close its side of the socket.
        abort.abort();
        if (this.#model === model) this.#lost(loss);
      });
      await this.#inTime(this.#setUp(model));
      if (this.#closing !== undefined) throw new Error('it was closed meanwhile');
      if (loss !== undefined) throw loss;
      this.#model = model;
      for (const { resolve } of this.#waiters.splice(0)) resolve();
    } catch (error) {
      abort.abort();
      throw loss ?? error;
    }
  }

  #connected(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(new Error('it is closed'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  #lost(error: unknown): void {
    this.#model = undefined;
    if (this.#closing !== undefined) return;
    this.#failed(error);
    this.#reconnect(0);
  }

  #reconnect(attempts: number): void {
    if (this.#closing !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#connect().catch((error: unknown) => {
          if (this.#closing === undefined) this.#failed(error);
          this.#reconnect(attempts + 1);
        });
      },
      Math.min(50 * 2 ** attempts, 2000),
    );
  }

  /** Drops the connection when the time is over: a late request must not take effect after its caller was told that it failed. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer for ${this.patience} ms`));
        this.renew();
      }, this.patience);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiters.splice(0)) reject(new Error('it is closed'));
    if (this.#model !== undefined) await settledWithin(realClock, CLOSING, [this.#model.close()]);
    this.#abort?.abort();
  }
}

/** The client's types do not declare it. */
function socketOf(model: ChannelModel): CorkedSocket {
  return (model.connection as unknown as { readonly stream: CorkedSocket }).stream;
}

/** Opens a channel for a few requests; the server closes it if one of them fails. */
export async function onChannel<T>(
  model: ChannelModel,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  const answer = await use(channel);
  await channel.close();
  return answer;
}

/** Whether it is an address that the client understands. */
function isAddress(url: string): boolean {
  return /^amqps?:/.test(url) && URL.canParse(url);
}

/** The client has no default heartbeat, and the server's is a minute. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', '10');
  return parsed.href;
}
