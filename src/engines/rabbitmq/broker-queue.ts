/** One queue in RabbitMQ: channels of the connection for requests, and of the one for workers. */
import type { ChannelModel } from 'amqplib';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type {
  ConsumeOptions,
  Consumption,
  EnqueueResult,
  OutgoingMessage,
  ProviderContext,
  ProviderQueue,
  QueueCounts,
  Work,
} from '../../queue/queue-provider.js';
import { queueTrouble } from '../queue-trouble.js';
import type { BrokerLink } from './broker-link.js';
import { propertiesOf, storedMessage } from './broker-message.js';
import type { Publication } from './confirmed-channel.js';
import { Publisher } from './publisher.js';
import { QueueConsumer } from './queue-consumer.js';
import { declareQueues, type QueueNames } from './queue-names.js';
import { RabbitConnection } from './rabbit-connection.js';
import { RabbitDeadLetters } from './rabbit-dead-letters.js';
import { isNotFound, onChannel } from './request-channels.js';
import { LONGEST_WAIT, type WaitingChain, WaitingQueues } from './waiting-queues.js';

/** What the queues of one provider share. */
export interface SharedBroker {
  readonly commands: BrokerLink;
  readonly work: BrokerLink;
  readonly waiting: WaitingChain;
}

/** How many messages are sent before their confirmation is awaited: the patience counts for each batch, however many there are. */
const BATCH = 500;

export class BrokerQueue implements ProviderQueue {
  readonly deadLetters: RabbitDeadLetters;
  readonly #queue: string;
  readonly #names: QueueNames;
  readonly #shared: SharedBroker;
  readonly #context: ProviderContext;
  readonly #commands: RabbitConnection;
  readonly #waiting: WaitingQueues;
  readonly #publisher: Publisher;
  #working: RabbitConnection | undefined;
  #consumer: QueueConsumer | undefined;
  #closing: Promise<void> | undefined;

  constructor(queue: string, names: QueueNames, shared: SharedBroker, context: ProviderContext) {
    this.#queue = queue;
    this.#names = names;
    this.#shared = shared;
    this.#context = context;
    const commands = new RabbitConnection(
      shared.commands,
      (model) => {
        this.#publisher.forget();
        return this.#declare(model);
      },
      (cause) => this.#report(cause),
    );
    this.#commands = commands;
    this.#publisher = new Publisher(commands);
    this.#waiting = new WaitingQueues(names, shared.waiting);
    this.deadLetters = new RabbitDeadLetters(names, commands);
  }

  open(): Promise<void> {
    return this.#commands.open();
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    const tooLate = messages.find(({ delay = 0 }) => delay > LONGEST_WAIT);
    if (tooLate !== undefined) throw this.#refusal(tooLate);
    for (let start = 0; start < messages.length; start += BATCH)
      await this.#sendAll(messages.slice(start, start + BATCH));
    return messages.map(() => 'accepted');
  }

  async consume({ concurrency }: ConsumeOptions, work: Work): Promise<Consumption> {
    const failed = (cause: unknown) => this.#report(cause);
    const setUp = (model: ChannelModel) => this.#subscribe(consumer, model);
    const connection = new RabbitConnection(this.#shared.work, setUp, failed);
    const consumer = new QueueConsumer({
      names: this.#names,
      waiting: this.#waiting,
      connection,
      concurrency,
      work,
      failed,
    });
    this.#working = connection;
    this.#consumer = consumer;
    await connection.open();
    return consumer;
  }

  counts(): Promise<QueueCounts> {
    return this.#commands.ask(async (model) => {
      const delayed = await this.#waiting.count(model);
      const [due, dead] = await onChannel(model, (channel) =>
        Promise.all([channel.checkQueue(this.#names.due), channel.checkQueue(this.#names.dead)]),
      );
      const active = this.#consumer?.active ?? 0;
      return {
        waiting: due.messageCount,
        delayed,
        active,
        dead: dead.messageCount + this.deadLetters.inProgress,
      };
    });
  }

  async ping(): Promise<void> {
    await this.#commands.ask((model) =>
      onChannel(model, (channel) => channel.checkQueue(this.#names.due)),
    );
  }

  async isServed(): Promise<boolean> {
    const { consumerCount } = await this.#commands.ask((model) =>
      onChannel(model, (channel) => channel.checkQueue(this.#names.due)),
    );
    return consumerCount > 0;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#working?.close(), this.#commands.close()]).then(
      () => undefined,
    );
    return this.#closing;
  }

  async #sendAll(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#commands.ask(async (model) => {
      if (messages.some(({ delay = 0 }) => delay > 0)) await this.#waiting.declare(model);
      await this.#publisher.publishAll(
        model,
        messages.map((message) => this.#publicationOf(message)),
      );
    });
  }

  #publicationOf(message: OutgoingMessage): Publication {
    const { delay = 0 } = message;
    const stored = storedMessage(message);
    const route = delay > 0 ? this.#waiting.route(delay) : { exchange: '', key: this.#names.due };
    return { route, content: stored.content, options: propertiesOf(stored) };
  }

  /** The connection for requests has declared the queue; a worker does so only if it was removed since. */
  async #subscribe(consumer: QueueConsumer, model: ChannelModel): Promise<void> {
    this.#waiting.forget();
    try {
      await consumer.setUp(model);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#declare(model);
      await consumer.setUp(model);
    }
  }

  async #declare(model: ChannelModel): Promise<void> {
    // They may have been deleted since.
    this.#waiting.forget();
    await onChannel(model, (channel) => declareQueues(channel, this.#names));
  }

  #refusal({ event, delay }: OutgoingMessage): CarillonError {
    return new CarillonError(
      'CAR7012',
      `A message ${event} for queue "${this.#queue}" on rabbitmq has delay: ${delay}. Give a number, ${LONGEST_WAIT} at most, which is 397 days.`,
    );
  }

  #report(cause: unknown): void {
    if (this.#closing !== undefined) return;
    const what =
      'has lost a connection, or was not understood. See the cause; it reconnects automatically.';
    this.#context.report(queueTrouble(`"${this.#queue}" on rabbitmq`, what, cause));
  }
}
