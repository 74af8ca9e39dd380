/**
 * Where messages wait until they are due, without a plugin: one queue for each bit of a waiting time, whose messages all live equally long.
 *
 * Each queue has an exchange before it, and the routing key has a word for each bit. A bit that is 1 leads into the queue, and one that is 0
 * past it; what has waited in the queue goes to the exchange of the next smaller bit, and after the smallest to that of what is due, which
 * knows by the last word whose it is. So the server itself brings every message there, however many wait and for however long, and none waits
 * behind one that is due later. The queues of all queues with one prefix are the same: a quorum queue is not cheap.
 */
import type { Channel, ChannelModel } from 'amqplib';
import { escapeWord } from '../topic-words.js';
import type { Route } from './confirmed-channel.js';
import { deadLetterTo, NO_LIMIT, type QueueNames, quorum } from './queue-names.js';
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
  readonly #prefix: string;
  readonly #due: string;
  /** The last word of the routing key. */
  readonly #owner: string;
  #declared: Promise<void> | undefined;

  constructor({ prefix, due }: QueueNames) {
    this.#prefix = `${prefix}:wait`;
    this.#due = due;
    this.#owner = escapeWord(due, /[.*#%]/g);
  }

  /** Creates them where they do not exist; whose messages never wait for anything never has them. */
  declare(model: ChannelModel): Promise<void> {
    this.#declared ??= onChannel(model, (channel) => this.#declare(channel)).catch(
      (error: unknown) => {
        this.#declared = undefined;
        throw error;
      },
    );
    return this.#declared;
  }

  /** Looks again whether they are there. */
  forget(): void {
    this.#declared = undefined;
  }

  /** @param after milliseconds, more than 0 and no more than {@link LONGEST_WAIT} */
  route(after: number): Route {
    const bits = Math.ceil(after / UNIT).toString(2);
    return {
      exchange: this.#name(bits.length - 1),
      key: [...bits.padStart(BITS, '0'), this.#owner].join('.'),
    };
  }

  /** How many wait, of all queues with this prefix. */
  async count(model: ChannelModel): Promise<number> {
    if (this.#declared === undefined && !(await this.#exist(model))) return 0;
    const queues = await onChannel(model, (channel) =>
      Promise.all(eachBit().map((bit) => channel.checkQueue(this.#name(bit)))),
    );
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
    const [owned, lost] = [`${this.#prefix}:due`, `${this.#prefix}:lost`];
    // What is due for a queue that was removed would hold up everybody's: the server keeps trying until it is confirmed.
    await Promise.all([
      channel.assertExchange(lost, 'fanout'),
      channel.assertExchange(owned, 'topic', { alternateExchange: lost }),
      ...eachBit().map((bit) => channel.assertExchange(this.#name(bit), 'topic')),
      channel.assertQueue(lost, quorum({ 'x-delivery-limit': NO_LIMIT })),
      channel.bindQueue(lost, lost, ''),
      channel.bindQueue(this.#due, owned, `#.${this.#owner}`),
    ]);
    await Promise.all(
      eachBit().flatMap((bit) => {
        const name = this.#name(bit);
        const next = bit === 0 ? owned : this.#name(bit - 1);
        const before = '*.'.repeat(BITS - 1 - bit);
        return [
          // The server counts whole milliseconds: one more, so that nothing is early.
          channel.assertQueue(
            name,
            quorum({ 'x-message-ttl': UNIT * 2 ** bit + 1, ...deadLetterTo(next) }),
          ),
          channel.bindQueue(name, name, `${before}1.#`),
          channel.bindExchange(next, name, `${before}0.#`),
        ];
      }),
    );
  }

  #name(bit: number): string {
    return `${this.#prefix}:${UNIT * 2 ** bit}`;
  }
}

function eachBit(): number[] {
  return Array.from({ length: BITS }, (_, bit) => bit);
}
