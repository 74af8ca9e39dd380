/**
 * Where messages wait until they are due, without a plugin: one queue for each bit of a waiting time, whose messages all live equally long.
 *
 * Each queue has an exchange before it, and the routing key has a word for each bit. A bit that is 1 leads into the queue, and one that is 0
 * past it; what has waited in the queue goes to the exchange of the next smaller bit, and after the smallest to the queue of what is due. So
 * the server itself brings every message there, however many wait and for however long, and none waits behind one that is due later.
 */
import type { Channel, ChannelModel } from 'amqplib';
import type { Route } from './confirmed-channel.js';
import { deadLetterTo, type QueueNames, quorum } from './queue-names.js';
import { onChannel } from './rabbit-connection.js';

/** Milliseconds of the smallest bit. */
const UNIT = 16;

/** 31 bits are 397 days. */
const BITS = 31;

/** The reply of AMQP 0-9-1 for what does not exist. */
const NOT_FOUND = 404;

/** Beyond that there is no waiting. */
export const LONGEST_WAIT = UNIT * (2 ** BITS - 1);

export class WaitingQueues {
  readonly #due: string;
  #declared: Promise<void> | undefined;

  constructor({ due }: QueueNames) {
    this.#due = due;
  }

  /** Creates them where they do not exist; most queues that never wait for anything never have them. */
  declare(model: ChannelModel): Promise<void> {
    this.#declared ??= onChannel(model, (channel) => this.#declare(channel)).catch((error: unknown) => {
      this.#declared = undefined;
      throw error;
    });
    return this.#declared;
  }

  /** Looks again whether they are there. */
  forget(): void {
    this.#declared = undefined;
  }

  /** @param after milliseconds, more than 0 and no more than {@link LONGEST_WAIT} */
  route(after: number): Route {
    const bits = Math.ceil(after / UNIT).toString(2);
    return { exchange: this.#name(bits.length - 1), key: bits.padStart(BITS, '0').split('').join('.') };
  }

  /** How many wait. */
  async count(model: ChannelModel): Promise<number> {
    if (this.#declared === undefined && !(await this.#exist(model))) return 0;
    const queues = await onChannel(model, (channel) => Promise.all(eachBit().map((bit) => channel.checkQueue(this.#name(bit)))));
    return queues.reduce((sum, { messageCount }) => sum + messageCount, 0);
  }

  /** The server answers the question for a queue that is not there by closing the channel. */
  async #exist(model: ChannelModel): Promise<boolean> {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    try {
      await channel.checkQueue(this.#name(0));
    } catch (error) {
      if ((error as { readonly code?: number }).code === NOT_FOUND) return false;
      throw error;
    }
    await channel.close();
    return true;
  }

  async #declare(channel: Channel): Promise<void> {
    await Promise.all(eachBit().map((bit) => channel.assertExchange(this.#name(bit), 'topic')));
    await Promise.all(
      eachBit().flatMap((bit) => {
        const name = this.#name(bit);
        const isSmallest = bit === 0;
        const next = isSmallest ? deadLetterTo('', this.#due) : deadLetterTo(this.#name(bit - 1));
        const before = '*.'.repeat(BITS - 1 - bit);
        return [
          // The server counts whole milliseconds: one more, so that nothing is early.
          channel.assertQueue(name, quorum({ 'x-message-ttl': UNIT * 2 ** bit + 1, ...next })),
          channel.bindQueue(name, name, `${before}1.#`),
          isSmallest
            ? channel.bindQueue(this.#due, name, `${before}0.#`)
            : channel.bindExchange(this.#name(bit - 1), name, `${before}0.#`),
        ];
      }),
    );
  }

  #name(bit: number): string {
    return `${this.#due}:wait:${UNIT * 2 ** bit}`;
  }
}

function eachBit(): number[] {
  return Array.from({ length: BITS }, (_, bit) => bit);
}
