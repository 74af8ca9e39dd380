/** A connection to RabbitMQ that comes back by itself, with what was set up on it, for as long as it is not closed. */
import { type Channel, type ChannelModel, connect, type SocketOptions } from 'amqplib';
import type { OptionShape } from '../../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../../decorators/duration.js';
import { address, clientOptions, engineTime } from '../options.js';
import { type CorkedSocket, gatherWrites } from './gather-writes.js';

/** What {@link RabbitOptions} take. */
export const RABBIT: OptionShape<RabbitOptions> = /* @__PURE__ */ (() => ({
  url: address('amqp://127.0.0.1:5672', isAddress),
  connection: clientOptions(),
  patience: engineTime(),
}))();

/** Where RabbitMQ is. */
export interface RabbitOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:`. A `heartbeat` in its query counts seconds, 10 by default. Default `amqp://127.0.0.1:5672`. */
  readonly url?: string;
  /** Whatever else the client's socket takes: TLS, its certificates, the client's properties. */
  readonly connection?: SocketOptions;
  /** How long a request waits for the server's answer. Default `'5s'`. */
  readonly patience?: Duration;
}

/** What is done with a connection that has come, before anybody else gets it. */
export type SetUp = (model: ChannelModel) => Promise<void>;

export class RabbitConnection {
  /** Milliseconds that the server has to answer. */
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
   * @param setUp its channels and subscriptions; done again after each loss
   * @param failed told of what no caller hears
   */
  constructor(options: RabbitOptions, setUp: SetUp, failed: (error: unknown) => void) {
    const { url = 'amqp://127.0.0.1:5672', connection, patience = 5000 } = options;
    this.#url = withHeartbeat(url);
    this.#options = { noDelay: true, ...connection };
    this.patience = milliseconds(patience);
    this.#setUp = setUp;
    this.#failed = failed;
  }

  /** The first time. When it fails, nothing is left open. */
  open(): Promise<void> {
    return this.#connect();
  }

  /** Rejects where there is no connection, and when the server does not answer in time. */
  async ask<T>(question: (model: ChannelModel) => Promise<T>): Promise<T> {
    if (this.#model === undefined) throw new Error('it is not connected');
    return this.#inTime(question(this.#model));
  }

  /** As {@link ask}, but waits for a connection, and asks again where it was lost before there was an answer. */
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

  /** Gives up a connection that is of no use any more, and makes it anew. */
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
        // A peer that has gone silent would never end its side.
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
    this.#comeBack(0);
  }

  #comeBack(attempts: number): void {
    if (this.#closing !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#connect().catch((error: unknown) => {
          if (this.#closing === undefined) this.#failed(error);
          this.#comeBack(attempts + 1);
        });
      },
      Math.min(50 * 2 ** attempts, 2000),
    );
  }

  /** What was sent in vain must not be done later, when its caller has been told that it was not: the connection is given up. */
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
    const closed = this.#model?.close().catch(() => undefined);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 500);
    });
    await Promise.race([closed, late]);
    clearTimeout(timer);
    this.#abort?.abort();
  }
}

/** Its types keep it to themselves. */
function socketOf(model: ChannelModel): CorkedSocket {
  return (model.connection as unknown as { readonly stream: CorkedSocket }).stream;
}

/** A channel for a few questions: the server closes it when one of them has no good answer. */
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

/** Whether it is one that the client understands. */
function isAddress(url: string): boolean {
  return /^amqps?:/.test(url) && URL.canParse(url);
}

/** The client has none of its own, and the server's is a minute. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', '10');
  return parsed.href;
}
