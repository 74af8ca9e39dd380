/**
 * Reads a queue of dead letters. A queue of RabbitMQ can only be read by consuming it: the reader takes all messages without acknowledging
 * them, acknowledges those that are to go, and lets the server put back the others. The queue has a single active consumer, so readers in
 * several processes take turns, and each sees all dead letters. A reader finds the end of the queue by a mark that it publishes to it.
 */
import type { Channel, ConsumeMessage } from 'amqplib';
import { newId } from '../../events/new-id.js';
import {
  type BrokerMessage,
  propertiesOf,
  readDeadLetter,
  type StoredDeadLetter,
} from './broker-message.js';
import { ConfirmedChannel, type Route } from './confirmed-channel.js';
import { MAX_UNACKNOWLEDGED } from './queue-names.js';
import type { RabbitConnection } from './rabbit-connection.js';
import { onChannel } from './request-channels.js';

const MARK = 'carillon-mark';

/** A mark older than this, in milliseconds, was left by a reader that is gone. */
const STALE = 60_000;

/**
 * Milliseconds for which the reader waits until the messages that it put back are visible to others. It takes the server a few milliseconds,
 * without a notification; when the next reader has taken them already, they never become visible.
 */
const VISIBLE = 1000;

/**
 * How many acknowledgements are sent one by one before the reader waits until they are stored: of more than 32 the server would forget those
 * that it has not stored when the channel is closed.
 */
const STORED = 16;

export class DeadLetterReader {
  readonly #queue: string;
  readonly #connection: RabbitConnection;
  readonly #confirmed: ConfirmedChannel;
  readonly #deadLetters = new Map<StoredDeadLetter, ConsumeMessage>();
  /** Those that are to go. */
  #removed: ConsumeMessage[] = [];
  /** What is called when a mark of the reader comes back, by the mark. */
  readonly #marks = new Map<string, () => void>();

  private constructor(queue: string, connection: RabbitConnection, confirmed: ConfirmedChannel) {
    this.#queue = queue;
    this.#connection = connection;
    this.#confirmed = confirmed;
  }

  static async open(queue: string, connection: RabbitConnection): Promise<DeadLetterReader> {
    const confirmed = await connection.ask((model) => ConfirmedChannel.open(model));
    return new DeadLetterReader(queue, connection, confirmed);
  }

  get size(): number {
    return this.#deadLetters.size;
  }

  /** Returns the first 65,535, the oldest first. Rejects if nothing comes for too long because another reader does not end. */
  async read(): Promise<StoredDeadLetter[]> {
    const silence = new SilenceTimer(this.#connection.patience);
    try {
      await new Promise<void>((resolve, reject) => {
        silence.start(reject);
        const take = (message: ConsumeMessage | null) => {
          silence.start(reject);
          if (message === null) reject(new Error(`the queue "${this.#queue}" was removed`));
          else {
            this.#take(message);
            if (this.#deadLetters.size === MAX_UNACKNOWLEDGED) resolve();
          }
        };
        this.#consume(take, reject)
          .then(() => this.#marked())
          .then(resolve, reject);
      });
    } finally {
      silence.end();
    }
    return [...this.#deadLetters.keys()].sort((one, other) => one.died - other.died);
  }

  /** It is gone once the reader is closed. */
  remove(deadLetter: StoredDeadLetter): void {
    const message = this.#deadLetters.get(deadLetter);
    if (message === undefined) return;
    this.#removed.push(message);
    this.#deadLetters.delete(deadLetter);
  }

  /** Publishes a copy of each, and removes it once its copy is confirmed. Returns how many. */
  async replace(
    deadLetters: readonly StoredDeadLetter[],
    route: Route,
    copyOf: (deadLetter: StoredDeadLetter) => BrokerMessage,
  ): Promise<number> {
    const copies = deadLetters.map(async (deadLetter) => {
      const copy = copyOf(deadLetter);
      await this.#confirmed.publish(route, copy.content, propertiesOf(copy));
      this.remove(deadLetter);
    });
    const failed = (await Promise.allSettled(copies)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return copies.length;
  }

  /** Removes those that are to go, puts back the others, and resolves once they are visible. */
  async close(): Promise<void> {
    try {
      await this.#acknowledge();
    } finally {
      await this.#putBack();
    }
  }

  async #acknowledge(): Promise<void> {
    const removed = this.#removed.sort((one, other) => tagOf(one) - tagOf(other));
    this.#removed = [];
    let kept = Number.POSITIVE_INFINITY;
    for (const message of this.#deadLetters.values()) kept = Math.min(kept, tagOf(message));
    const before = removed.filter((message) => tagOf(message) < kept);
    const last = before.at(-1);
    if (last !== undefined) this.#confirmed.channel.ack(last, true);
    for (let start = before.length; start < removed.length; start += STORED) {
      for (const message of removed.slice(start, start + STORED))
        this.#confirmed.channel.ack(message);
      await this.#connection.ask(() => this.#marked());
    }
  }

  async #putBack(): Promise<void> {
    // When the channel is closed, the server puts all of them back before the next reader has its turn. One by one, that reader would miss some.
    await this.#confirmed.close();
    await this.#connection
      .ask((model) => onChannel(model, (channel) => this.#becomeVisible(channel)))
      .catch(() => undefined);
  }

  async #consume(
    take: (message: ConsumeMessage | null) => void,
    lost: (error: Error) => void,
  ): Promise<void> {
    const { channel } = this.#confirmed;
    channel.on('close', () => lost(new Error('the connection was lost')));
    await channel.prefetch(MAX_UNACKNOWLEDGED);
    await channel.consume(this.#queue, take);
  }

  #take(message: ConsumeMessage): void {
    const { headers, timestamp } = message.properties as {
      headers?: Record<string, unknown>;
      timestamp?: number;
    };
    const mark = headers?.[MARK];
    if (mark === undefined) {
      this.#deadLetters.set(readDeadLetter(message), message);
      return;
    }
    const own = this.#marks.get(mark as string);
    // The mark of another reader, which waits for its turn, is put back with the dead letters.
    if (own !== undefined || (timestamp ?? 0) * 1000 < Date.now() - STALE)
      this.#confirmed.channel.ack(message);
    own?.();
  }

  /** Resolves once a mark has gone through the queue: what was sent before is stored, and what the queue had has come. */
  async #marked(): Promise<void> {
    const mark = newId();
    const passed = new Promise<void>((resolve) => this.#marks.set(mark, resolve));
    await this.#publishMark(mark);
    await passed;
    this.#marks.delete(mark);
  }

  async #publishMark(mark: string): Promise<void> {
    await this.#confirmed.publish({ exchange: '', key: this.#queue }, Buffer.alloc(0), {
      messageId: mark,
      mandatory: true,
      persistent: true,
      timestamp: Math.floor(Date.now() / 1000),
      headers: { [MARK]: mark },
    });
  }

  async #becomeVisible(channel: Channel): Promise<void> {
    const end = Date.now() + Math.min(VISIBLE, this.#connection.patience / 2);
    let { messageCount } = await channel.checkQueue(this.#queue);
    while (messageCount < this.#deadLetters.size && Date.now() < end)
      ({ messageCount } = await channel.checkQueue(this.#queue));
  }
}

/** Notices when no dead letter comes for too long. */
class SilenceTimer {
  readonly #patience: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;

  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Starts again from now. */
  start(failed: (error: Error) => void): void {
    clearTimeout(this.#timer);
    if (this.#isEnded) return;
    this.#timer = setTimeout(
      () => failed(new Error(`no dead letter for ${this.#patience} ms`)),
      this.#patience,
    );
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }
}

function tagOf({ fields }: ConsumeMessage): number {
  return fields.deliveryTag;
}
