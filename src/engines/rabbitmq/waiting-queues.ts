/**
 * Where messages wait until they are due, without a plugin: one queue for each bit of a waiting time, whose messages all have the same time
 * to live.
 *
 * Each queue has an exchange before it, and the routing key has a word for each bit. A 1 leads into the queue, a 0 past it. A message that
 * has waited in a queue goes to the exchange of the next smaller bit, and after the smallest bit to the exchange of due messages, which finds
 * the queue by the last word. So the server itself delivers each message, however many wait and however long, and no message waits behind one
 * that is due later. All queues with one prefix share these queues, because quorum queues are expensive.
 */
import type { Channel, ChannelModel } from 'amqplib';
import { UNLIMITED_ATTEMPTS } from '../attempt-limit.js';
import { escapeWord } from '../topic-words.js';
import type { Route } from './confirmed-channel.js';
import { deadLetterTo, fittingName, type QueueNames, quorum } from './queue-names.js';
import { isNotFound, onChannel } from './request-channels.js';

/** The milliseconds of the smallest bit. */
const UNIT = 16;

/** 31 bits are 397 days. */
const BITS = 31;

/** The longest delay, in milliseconds. */
export const LONGEST_WAIT = UNIT * (2 ** BITS - 1);

/** Those that all queues with one prefix share. */
export class WaitingChain {
  readonly prefix: string;
  readonly #declared: Once;

  constructor(prefix: string) {
    this.prefix = `${prefix}:wait`;
    this.#declared = new Once((channel) => this.#declare(channel));
  }

  /** Creates the queues if they do not exist. */
  declare(model: ChannelModel): Promise<void> {
    return this.#declared.on(model);
  }

  /** Makes the next message that waits check again whether they exist. */
  forget(): void {
    this.#declared.forget();
  }

  name(bit: number): string {
    return `${this.prefix}:${UNIT * 2 ** bit}`;
  }

  async #declare(channel: Channel): Promise<void> {
    const [owned, lost] = [`${this.prefix}:due`, `${this.prefix}:lost`];
    // The server tries until a message is confirmed: one for a deleted queue, without an alternate exchange, would block those behind it.
    await Promise.all([
      channel.assertExchange(lost, 'fanout'),
      channel.assertExchange(owned, 'topic', { alternateExchange: lost }),
      ...eachBit().map((bit) => channel.assertExchange(this.name(bit), 'topic')),
      channel.assertQueue(lost, quorum({ 'x-delivery-limit': UNLIMITED_ATTEMPTS })),
      channel.bindQueue(lost, lost, ''),
    ]);
    await Promise.all(
      eachBit().flatMap((bit) => {
        const name = this.name(bit);
        const next = bit === 0 ? owned : this.name(bit - 1);
        const before = '*.'.repeat(BITS - 1 - bit);
        return [
          // One millisecond more, because the server counts whole ones and no message may be early.
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
}

/** The way of one queue through them. */
export class WaitingQueues {
  readonly #chain: WaitingChain;
  /** The last word of the routing key. */
  readonly #owner: string;
  readonly #bound: Once;

  constructor({ due }: QueueNames, chain: WaitingChain) {
    this.#chain = chain;
    this.#owner = fittingName(escapeWord(due, /[.*#%]/g), 2 * BITS);
    this.#bound = new Once((channel) =>
      channel.bindQueue(due, `${chain.prefix}:due`, `#.${this.#owner}`),
    );
  }

  /** Creates the queues if they do not exist. Called with the first message that waits. */
  async declare(model: ChannelModel): Promise<void> {
    await this.#chain.declare(model);
    await this.#bound.on(model);
  }

  /** Makes the next message that waits check again whether they exist. */
  forget(): void {
    this.#chain.forget();
    this.#bound.forget();
  }

  /** @param after milliseconds, more than 0 and no more than {@link LONGEST_WAIT} */
  route(after: number): Route {
    const bits = Math.ceil(after / UNIT).toString(2);
    return {
      exchange: this.#chain.name(bits.length - 1),
      key: [...bits.padStart(BITS, '0'), this.#owner].join('.'),
    };
  }

  /** How many messages wait, of all queues with this prefix. */
  async count(model: ChannelModel): Promise<number> {
    if (!this.#bound.isDone && !(await this.#exist(model))) return 0;
    const queues = await onChannel(model, (channel) =>
      Promise.all(eachBit().map((bit) => channel.checkQueue(this.#chain.name(bit)))),
    );
    return queues.reduce((sum, { messageCount }) => sum + messageCount, 0);
  }

  async #exist(model: ChannelModel): Promise<boolean> {
    try {
      await onChannel(model, (channel) => channel.checkQueue(this.#chain.name(0)));
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
    return true;
  }
}

/** What is declared once, until it is forgotten or fails. */
class Once {
  readonly #declare: (channel: Channel) => Promise<unknown>;
  #declared: Promise<void> | undefined;

  constructor(declare: (channel: Channel) => Promise<unknown>) {
    this.#declare = declare;
  }

  get isDone(): boolean {
    return this.#declared !== undefined;
  }

  on(model: ChannelModel): Promise<void> {
    this.#declared ??= this.#run(model);
    return this.#declared;
  }

  forget(): void {
    this.#declared = undefined;
  }

  async #run(model: ChannelModel): Promise<void> {
    try {
      await onChannel(model, (channel) => this.#declare(channel));
    } catch (error) {
      this.#declared = undefined;
      throw error;
    }
  }
}

function eachBit(): number[] {
  return Array.from({ length: BITS }, (_, bit) => bit);
}
