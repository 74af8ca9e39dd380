/** One subscriber of the bus: a queue of its own, or the one that the members of its group share. */
import type { ChannelModel, ConsumeMessage, Options } from 'amqplib';
import type { BusSubscription, TransportResult } from '../../bus/bus-transport.js';
import { newId } from '../../events/new-id.js';
import { UNLIMITED_ATTEMPTS } from '../attempt-limit.js';
import { droppedMessageError, MAX_DELIVERIES } from '../group-options.js';
import { escapeWord } from '../topic-words.js';
import { Acknowledgements } from './acknowledgements.js';
import { ConfirmedChannel } from './confirmed-channel.js';
import { assertFits, fittingName, MAX_UNACKNOWLEDGED, queueWord, quorum } from './queue-names.js';

/** How long queues outlive their subscribers, in milliseconds. */
export interface QueueRetention {
  readonly group: number;
  readonly subscriber: number;
}

/** The channel of one connection: a message can be acknowledged only on the channel that it came by. */
interface SubscriberChannel {
  readonly confirmed: ConfirmedChannel;
  readonly acknowledgements: Acknowledgements;
}

export class BusSubscriber {
  readonly #exchange: string;
  readonly #subscription: BusSubscription;
  readonly #failed: (error: unknown) => void;
  readonly #queue: string;
  readonly #options: Options.AssertQueue;
  readonly #inProgress = new Set<Promise<void>>();
  #confirmed: ConfirmedChannel | undefined;
  #acknowledgements: Acknowledgements | undefined;
  #consumerTag = '';
  #isEnded = false;

  constructor(
    exchange: string,
    subscription: BusSubscription,
    retention: QueueRetention,
    failed: (error: unknown) => void,
  ) {
    const { group, topic } = subscription;
    this.#exchange = exchange;
    this.#subscription = subscription;
    this.#failed = failed;
    this.#queue =
      group === undefined
        ? `${exchange}:${newId()}`
        : fittingName(`${exchange}:${queueWord(group)}:${queueWord(topic)}`);
    this.#options =
      group === undefined
        ? { durable: true, expires: retention.subscriber }
        : quorum({ 'x-expires': retention.group, 'x-delivery-limit': UNLIMITED_ATTEMPTS });
  }

  /**
   * Called again for each new connection: the queue still exists, unless it has expired.
   *
   * @param lost is called when the server has closed the channel or deleted the queue
   */
  async setUp(model: ChannelModel, lost: () => void): Promise<void> {
    const { topic, prefetch } = this.#subscription;
    const binding = bindingOf(topic);
    assertFits(binding);
    // Until the set-up is complete, the caller gets the error.
    const confirmed = await ConfirmedChannel.open(
      model,
      () => this.#confirmed === confirmed && lost(),
    );
    const { channel } = confirmed;
    const consumerTag = newId();
    await channel.assertQueue(this.#queue, this.#options);
    await channel.bindQueue(this.#queue, this.#exchange, binding);
    const unacknowledged = Math.min(prefetch, MAX_UNACKNOWLEDGED);
    await channel.prefetch(unacknowledged);
    // When the channel is lost, the server delivers the messages again.
    const acknowledgements = new Acknowledgements(channel, unacknowledged, () => undefined);
    const take = (message: ConsumeMessage | null) =>
      message === null ? lost() : this.#take(message, { confirmed, acknowledgements });
    await channel.consume(this.#queue, take, { consumerTag });
    this.#confirmed = confirmed;
    this.#acknowledgements = acknowledgements;
    this.#consumerTag = consumerTag;
    // It was ended during the set-up.
    if (this.#isEnded) await this.#leave();
  }

  /** Resolves once nothing is delivered any more, and all messages in progress are acknowledged or returned. */
  async end(): Promise<void> {
    this.#isEnded = true;
    try {
      await this.#leave();
    } catch {
      // The subscription is gone with its connection, and its queue expires.
    }
  }

  async #leave(): Promise<void> {
    const confirmed = this.#confirmed;
    if (confirmed === undefined) return;
    // The end of the subscription is stored after all that was acknowledged before.
    this.#acknowledgements?.end();
    await confirmed.channel.cancel(this.#consumerTag);
    await Promise.all(this.#inProgress);
    this.#acknowledgements?.flush();
    if (this.#subscription.group === undefined) await confirmed.channel.deleteQueue(this.#queue);
    await confirmed.close();
  }

  #take(message: ConsumeMessage, channel: SubscriberChannel): void {
    channel.acknowledgements.add(message);
    const done = this.#deliver(message, channel).finally(() => this.#inProgress.delete(done));
    this.#inProgress.add(done);
  }

  async #deliver(
    message: ConsumeMessage,
    { confirmed, acknowledgements }: SubscriberChannel,
  ): Promise<void> {
    const { headers, messageId = newId(), contentType } = message.properties;
    const { 'x-delivery-count': count = 0 } = headers ?? {};
    try {
      if (count >= MAX_DELIVERIES) this.#drop(message);
      else if ((await this.#handOver(message)) === 'returned') {
        // A copy, so that it does not count as a delivery whose member died.
        const route = { exchange: '', key: this.#queue };
        await confirmed.publish(route, message.content, {
          messageId,
          contentType,
          mandatory: true,
          persistent: true,
        });
      }
      acknowledgements.ack(message);
    } catch {
      // The channel is lost with its connection, and the server delivers the message again.
    }
  }

  async #handOver({ content }: ConsumeMessage): Promise<TransportResult> {
    const { group, deliver } = this.#subscription;
    if (!this.#isEnded) return deliver(content);
    // The queue of a single subscriber is deleted with it.
    return group === undefined ? 'done' : 'returned';
  }

  #drop({ properties: { messageId } }: ConsumeMessage): void {
    this.#failed(droppedMessageError(messageId, `"${this.#subscription.group}"`));
  }
}

/** The word `#` is a wildcard of the server. */
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
