/**
 * Reads a queue of dead letters. A queue of RabbitMQ can only be read by consuming: the reader takes everything out without acknowledging
 * it, acknowledges what is to go, and has the server put back the rest. The queue has a single active consumer, so that readers in several
 * processes take turns, and each sees all there is. Where it ends the reader knows by a mark that it puts behind the last one.
 */
import type { Channel, ConsumeMessage } from 'amqplib';
import { newId } from '../../events/new-id.js';
import {
  type BrokerMessage,
  propertiesOf,
  readLetter,
  type StoredLetter,
} from './broker-message.js';
import { ConfirmedChannel, type Route } from './confirmed-channel.js';
import { MOST_UNDONE } from './queue-names.js';
import { onChannel, type RabbitConnection } from './rabbit-connection.js';

const MARK = 'carillon-mark';

/** A mark that is older than so many milliseconds has lost its reader. */
const STALE = 60_000;

/**
 * What was put back is there for others after some milliseconds, and nobody is told. Where the next reader already has it, there is nothing
 * to see: so long it is looked for.
 */
const VISIBLE = 1000;

export class DeadLetterReader {
  readonly #letters = new Map<StoredLetter, ConsumeMessage>();

  private constructor(
    private readonly queue: string,
    private readonly connection: RabbitConnection,
    private readonly confirmed: ConfirmedChannel,
  ) {}

  static async open(queue: string, connection: RabbitConnection): Promise<DeadLetterReader> {
    const confirmed = await connection.ask((model) => ConfirmedChannel.open(model));
    return new DeadLetterReader(queue, connection, confirmed);
  }

  get size(): number {
    return this.#letters.size;
  }

  /** The oldest first; what comes after the first 65535 is not read. Rejects when nothing comes for too long: another reader does not end. */
  async read(): Promise<StoredLetter[]> {
    const { channel } = this.confirmed;
    const { patience } = this.connection;
    const mark = newId();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const reading = new Promise<void>((resolve, reject) => {
      const wait = () => {
        clearTimeout(timer);
        if (isOver) return;
        timer = setTimeout(() => reject(new Error(`no dead letter for ${patience} ms`)), patience);
      };
      const take = (message: ConsumeMessage | null) => {
        wait();
        if (message === null) reject(new Error(`the queue "${this.queue}" was removed`));
        else if (this.#take(message, mark) || this.#letters.size === MOST_UNDONE) resolve();
      };
      wait();
      channel.on('close', () => reject(new Error('the connection was lost')));
      channel
        .prefetch(MOST_UNDONE)
        .then(() => channel.consume(this.queue, take))
        .then(() => this.#put(mark))
        .catch(reject);
    });
    try {
      await reading;
    } finally {
      isOver = true;
      clearTimeout(timer);
    }
    return [...this.#letters.keys()].sort((one, other) => one.died - other.died);
  }

  remove(letter: StoredLetter): void {
    const message = this.#letters.get(letter);
    if (message === undefined) return;
    this.confirmed.channel.ack(message);
    this.#letters.delete(letter);
  }

  /** Puts a copy of each somewhere, and removes it once the copy is safe. Returns how many. */
  async replace(
    letters: readonly StoredLetter[],
    route: Route,
    copyOf: (letter: StoredLetter) => BrokerMessage,
  ): Promise<number> {
    const copies = letters.map(async (letter) => {
      const copy = copyOf(letter);
      await this.confirmed.publish(route, copy.content, propertiesOf(copy));
      this.remove(letter);
    });
    const failed = (await Promise.allSettled(copies)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return copies.length;
  }

  /** Puts back what is left, and resolves once others can see it. */
  async close(): Promise<void> {
    // In one step the server puts everything back and gives the next reader its turn: that one must not begin with less.
    await this.confirmed.close();
    await this.connection
      .ask((model) => onChannel(model, (other) => this.#becomeVisible(other)))
      .catch(() => undefined);
  }

  async #becomeVisible(channel: Channel): Promise<void> {
    const end = Date.now() + Math.min(VISIBLE, this.connection.patience / 2);
    let { messageCount } = await channel.checkQueue(this.queue);
    while (messageCount < this.#letters.size && Date.now() < end)
      ({ messageCount } = await channel.checkQueue(this.queue));
  }

  /** Whether it is the own mark. */
  #take(message: ConsumeMessage, own: string): boolean {
    const { headers, timestamp } = message.properties as {
      headers?: Record<string, unknown>;
      timestamp?: number;
    };
    const mark = headers?.[MARK];
    if (mark === undefined) {
      this.#letters.set(readLetter(message), message);
      return false;
    }
    // That of another reader, who waits for its turn, goes back with the letters.
    if (mark === own || (timestamp ?? 0) * 1000 < Date.now() - STALE)
      this.confirmed.channel.ack(message);
    return mark === own;
  }

  async #put(mark: string): Promise<void> {
    await this.confirmed.publish({ exchange: '', key: this.queue }, Buffer.alloc(0), {
      messageId: mark,
      mandatory: true,
      persistent: true,
      timestamp: Math.floor(Date.now() / 1000),
      headers: { [MARK]: mark },
    });
  }
}
