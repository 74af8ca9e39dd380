/** One subscriber of the bus: a queue of its own, or the one that the members of its group share. */
import type { ChannelModel, ConsumeMessage, Options } from 'amqplib';
import type { BusSubscription, TransportResult } from '../../bus/bus-transport.js';
import { newId } from '../../events/new-id.js';
import { escapeWord } from '../topic-words.js';
import { ConfirmedChannel } from './confirmed-channel.js';
import { MOST_UNDONE, NO_LIMIT, quorum } from './queue-names.js';

/** How long queues outlive their subscribers, in milliseconds. */
export interface BusKeeping {
  readonly group: number;
  readonly subscriber: number;
}

/** A message that so many members of a group took, and none came back, is dropped. */
const DELIVERIES = 5;

export class BusSubscriber {
  readonly #exchange: string;
  readonly #subscription: BusSubscription;
  readonly #failed: (error: unknown) => void;
  readonly #queue: string;
  readonly #options: Options.AssertQueue;
  readonly #undone = new Set<Promise<void>>();
  #confirmed: ConfirmedChannel | undefined;
  #consumer = '';
  #isEnded = false;

  constructor(
    exchange: string,
    subscription: BusSubscription,
    keep: BusKeeping,
    failed: (error: unknown) => void,
  ) {
    const { group, topic } = subscription;
    this.#exchange = exchange;
    this.#subscription = subscription;
    this.#failed = failed;
    this.#queue =
      group === undefined
        ? `${exchange}:${newId()}`
        : `${exchange}:${escapeWord(group, /[:%]/g)}:${topic}`;
    this.#options =
      group === undefined
        ? { durable: true, expires: keep.subscriber }
        : quorum({ 'x-expires': keep.group, 'x-delivery-limit': NO_LIMIT });
  }

  /**
   * For each connection anew: the queue is there still, unless it has expired.
   *
   * @param lost told when the server has closed its channel, or has removed its queue
   */
  async setUp(model: ChannelModel, lost: () => void): Promise<void> {
    // Until it is set up, a refusal is for the caller.
    const confirmed = await ConfirmedChannel.open(
      model,
      () => this.#confirmed === confirmed && lost(),
    );
    const { channel } = confirmed;
    const { topic, prefetch } = this.#subscription;
    const consumerTag = newId();
    await channel.assertQueue(this.#queue, this.#options);
    await channel.bindQueue(this.#queue, this.#exchange, bindingOf(topic));
    await channel.prefetch(Math.min(prefetch, MOST_UNDONE));
    const take = (message: ConsumeMessage | null) =>
      message === null ? lost() : this.#take(message, confirmed);
    await channel.consume(this.#queue, take, { consumerTag });
    this.#confirmed = confirmed;
    this.#consumer = consumerTag;
    // It came back too late.
    if (this.#isEnded) await this.#leave();
  }

  /** Resolves once nothing is delivered any more, and what was handed out is confirmed or given back. */
  async end(): Promise<void> {
    this.#isEnded = true;
    try {
      await this.#leave();
    } catch {
      // With its connection it is gone anyway, and its queue expires.
    }
  }

  async #leave(): Promise<void> {
    const confirmed = this.#confirmed;
    if (confirmed === undefined) return;
    await confirmed.channel.cancel(this.#consumer);
    await Promise.all(this.#undone);
    if (this.#subscription.group === undefined) await confirmed.channel.deleteQueue(this.#queue);
    await confirmed.close();
  }

  #take(message: ConsumeMessage, confirmed: ConfirmedChannel): void {
    const done = this.#deliver(message, confirmed).finally(() => this.#undone.delete(done));
    this.#undone.add(done);
  }

  async #deliver(message: ConsumeMessage, confirmed: ConfirmedChannel): Promise<void> {
    const { headers, messageId = newId(), contentType } = message.properties;
    const { 'x-delivery-count': count = 0 } = headers ?? {};
    try {
      if (count >= DELIVERIES) this.#drop(message);
      else if ((await this.#handOver(message)) === 'returned') {
        // A copy, so that it does not count as one that a member did not come back from.
        const route = { exchange: '', key: this.#queue };
        await confirmed.publish(route, message.content, {
          messageId,
          contentType,
          mandatory: true,
          persistent: true,
        });
      }
      confirmed.channel.ack(message);
    } catch {
      // The channel is gone with its connection, and the server gives the message out again.
    }
  }

  async #handOver({ content }: ConsumeMessage): Promise<TransportResult> {
    const { group, deliver } = this.#subscription;
    if (!this.#isEnded) return deliver(content);
    // The queue of a subscriber alone goes with it.
    return group === undefined ? 'done' : 'returned';
  }

  #drop({ properties: { messageId } }: ConsumeMessage): void {
    const { group } = this.#subscription;
    this.#failed(
      new Error(
        `the message ${messageId} of group "${group}" was dropped: ${DELIVERIES} members took it and none came back`,
      ),
    );
  }
}

/** To the server the word `#` is any number of words. */
export function routingKeyOf(topic: string): string {
  return topic
    .split('.')
    .map((segment) => escapeWord(segment, /[#%]/g))
    .join('.');
}

function bindingOf(pattern: string): string {
  return pattern
    .split('.')
    .map((segment) => (segment === '**' ? '#' : routingKeyOf(segment)))
    .join('.');
}
