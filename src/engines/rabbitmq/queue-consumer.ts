/** A worker of one queue: the server sends it as many messages as it may work on, and it stores their outcomes. */
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { newId } from '../../events/new-id.js';
import type { Outcome, QueueDelivery, Work } from '../../queue/queue-provider.js';
import { NOT_ATTEMPTED, PausableConsumer } from '../pausable-consumer.js';
import { Acknowledgements } from './acknowledgements.js';
import {
  type BrokerMessage,
  propertiesOf,
  readMessage,
  type StoredDeadLetter,
} from './broker-message.js';
import type { ConfirmedChannel, Route } from './confirmed-channel.js';
import { MAX_UNACKNOWLEDGED, type QueueNames } from './queue-names.js';
import type { RabbitConnection } from './rabbit-connection.js';
import { LONGEST_WAIT, type WaitingQueues } from './waiting-queues.js';

/** What the consumer works with. */
interface ConsumerDependencies {
  readonly names: QueueNames;
  readonly waiting: WaitingQueues;
  readonly connection: RabbitConnection;
  /** How many messages may be in progress at once. */
  readonly concurrency: number;
  readonly work: Work;
  /** Receives errors that no caller waits for. */
  failed(error: unknown): void;
}

/** The channel of one connection: a message can be acknowledged only on the channel that it came by. */
interface ConsumerChannel {
  readonly model: ChannelModel;
  readonly confirmed: ConfirmedChannel;
  readonly acknowledgements: Acknowledgements;
  /** What to do when the server gives the messages of the channel to other workers. */
  readonly lose: Set<() => void>;
  /** The tag of the subscription, while there is one. */
  consumerTag: string | undefined;
}

interface UnacknowledgedMessage {
  readonly message: ConsumeMessage;
  readonly channel: ConsumerChannel;
}

export class QueueConsumer extends PausableConsumer {
  readonly #dependencies: ConsumerDependencies;
  readonly #inProgress = new Set<Promise<void>>();
  #channel: ConsumerChannel | undefined;

  constructor(dependencies: ConsumerDependencies) {
    super();
    this.#dependencies = dependencies;
  }

  /** How many messages this process has. */
  get active(): number {
    return this.#inProgress.size;
  }

  /** Called again for each new connection. */
  async setUp(model: ChannelModel): Promise<void> {
    const { connection, concurrency, failed } = this.#dependencies;
    const confirmed = await connection.channel(model);
    const prefetch = Math.min(concurrency, MAX_UNACKNOWLEDGED);
    await confirmed.channel.prefetch(prefetch);
    const acknowledgements = new Acknowledgements(confirmed.channel, prefetch, failed);
    const lose = new Set<() => void>();
    // Its connection may have been dropped without a word of the client.
    loseAll(this.#channel?.lose);
    confirmed.channel.once('close', () => loseAll(lose));
    const channel = { model, confirmed, acknowledgements, lose, consumerTag: undefined };
    this.#channel = channel;
    if (this.isOpen) await this.#subscribe(channel);
  }

  protected override onPause(): void {
    void this.#unsubscribe();
  }

  protected override onResume(): void {
    if (this.#channel !== undefined)
      this.#subscribe(this.#channel).catch(this.#dependencies.failed);
  }

  protected override async onStop(): Promise<void> {
    // The end of the subscription is stored after all that was acknowledged before.
    this.#channel?.acknowledgements.end();
    await this.#unsubscribe();
    await Promise.all(this.#inProgress);
    // Closing the connection would overtake the acknowledgements.
    this.#channel?.acknowledgements.flush();
    await this.#channel?.confirmed.close();
    await this.#dependencies.connection.close();
  }

  async #subscribe(channel: ConsumerChannel): Promise<void> {
    const consumerTag = newId();
    channel.consumerTag = consumerTag;
    await channel.confirmed.channel.consume(
      this.#dependencies.names.due,
      (message) => this.#take(message, channel),
      { consumerTag },
    );
  }

  async #unsubscribe(): Promise<void> {
    const channel = this.#channel;
    const tag = channel?.consumerTag;
    if (channel === undefined || tag === undefined) return;
    channel.consumerTag = undefined;
    try {
      await channel.confirmed.channel.cancel(tag);
    } catch {
      // The subscription is gone with its connection.
    }
  }

  #take(message: ConsumeMessage | null, channel: ConsumerChannel): void {
    // The queue was deleted: it is declared again with a new connection.
    if (message === null) {
      this.#dependencies.connection.renew();
      return;
    }
    channel.acknowledgements.add(message);
    this.#begin({ message, channel });
  }

  #begin(unacknowledged: UnacknowledgedMessage): void {
    const stored = readMessage(unacknowledged.message);
    const { lose } = unacknowledged.channel;
    let lost = (): void => undefined;
    const delivery = deliveryOf(stored, (heard) => {
      lose.delete(lost);
      lost = heard;
      lose.add(lost);
    });
    // What was on its way at a pause or a stop is left to other workers.
    const outcome = this.isOpen ? this.#dependencies.work(delivery) : NOT_ATTEMPTED;
    if (!(outcome instanceof Promise) && outcome.type === 'done') {
      unacknowledged.channel.acknowledgements.ack(unacknowledged.message);
      return;
    }
    const attempted = { ...stored, attempts: delivery.attempt };
    const done = this.#finish(unacknowledged, attempted, outcome).finally(() => {
      lose.delete(lost);
      this.#inProgress.delete(done);
    });
    this.#inProgress.add(done);
  }

  async #finish(
    { message, channel }: UnacknowledgedMessage,
    stored: BrokerMessage,
    outcome: Outcome | Promise<Outcome>,
  ): Promise<void> {
    try {
      await this.#store(stored, await outcome, channel);
      channel.acknowledgements.ack(message);
    } catch (cause) {
      this.#dependencies.failed(cause);
      channel.acknowledgements.nack(message);
    }
  }

  /** The message is acknowledged only after the server has confirmed its changed copy, so that it is never lost. */
  async #store(message: BrokerMessage, outcome: Outcome, channel: ConsumerChannel): Promise<void> {
    switch (outcome.type) {
      case 'done':
        return;
      case 'retry':
        return this.#putBack(message, outcome.after, channel);
      case 'goBack': {
        const uncounted = { ...message, attempts: message.attempts - 1 };
        return this.#putBack(uncounted, outcome.after, channel);
      }
      case 'giveUp': {
        const { reason, failure } = outcome;
        const deadLetter = { ...message, reason, failure, died: Date.now() };
        const route = { exchange: '', key: this.#dependencies.names.dead };
        return publish(deadLetter, route, channel);
      }
    }
  }

  async #putBack(message: BrokerMessage, after: number, channel: ConsumerChannel): Promise<void> {
    const { names, waiting } = this.#dependencies;
    if (after <= 0) return publish(message, { exchange: '', key: names.due }, channel);
    await waiting.declare(channel.model);
    return publish(message, waiting.route(Math.min(after, LONGEST_WAIT)), channel);
  }
}

function publish(
  copy: BrokerMessage | StoredDeadLetter,
  route: Route,
  { confirmed }: ConsumerChannel,
): Promise<void> {
  return confirmed.publish(route, copy.content, propertiesOf(copy));
}

function loseAll(lose: Iterable<() => void> = []): void {
  for (const lost of lose) lost();
}

function deliveryOf(
  { id, handler, content, attempts, expires }: BrokerMessage,
  onLost: (lost: () => void) => void,
): QueueDelivery {
  return {
    id,
    handler,
    body: content,
    attempt: attempts + 1,
    expired: expires !== undefined && expires <= Date.now(),
    // A message has no status here.
    progress: () => undefined,
    log: () => undefined,
    onLost,
  };
}
