/** A worker of one queue: the server sends it as many messages as it may work on, and it stores what became of them. */
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { newId } from '../../events/new-id.js';
import type {
  ConsumeOptions,
  Consumption,
  Outcome,
  QueueDelivery,
  Work,
} from '../../queue/queue-provider.js';
import { Acknowledgements } from './acknowledgements.js';
import {
  type BrokerMessage,
  propertiesOf,
  readMessage,
  type StoredLetter,
} from './broker-message.js';
import { ConfirmedChannel, type Route } from './confirmed-channel.js';
import { MOST_UNDONE, type QueueNames } from './queue-names.js';
import type { RabbitConnection } from './rabbit-connection.js';
import { LONGEST_WAIT, type WaitingQueues } from './waiting-queues.js';

/** A message and the channel that it came by: only there it can be acknowledged. */
interface UnacknowledgedMessage {
  readonly message: ConsumeMessage;
  readonly session: Session;
}

/** One connection's worth of work. */
interface Session {
  readonly model: ChannelModel;
  readonly confirmed: ConfirmedChannel;
  readonly acknowledgements: Acknowledgements;
  /** While it is subscribed. */
  consumer: string | undefined;
}

/** Nothing was tried. */
const UNTOUCHED: Outcome = { type: 'goBack', after: 0 };

export class QueueConsumer implements Consumption {
  readonly #running = new Set<Promise<void>>();
  /** What was on its way when the pause began. */
  #held: UnacknowledgedMessage[] = [];
  #session: Session | undefined;
  #state: 'open' | 'paused' | 'stopped' = 'open';
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly names: QueueNames,
    private readonly waiting: WaitingQueues,
    private readonly connection: RabbitConnection,
    private readonly options: ConsumeOptions,
    private readonly work: Work,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** How many messages are here. */
  get active(): number {
    return this.#running.size + this.#held.length;
  }

  /** For each connection anew. */
  async setUp(model: ChannelModel): Promise<void> {
    const confirmed = await ConfirmedChannel.open(model, () => this.connection.renew());
    const most = Math.min(this.options.concurrency, MOST_UNDONE);
    await confirmed.channel.prefetch(most);
    const acknowledgements = new Acknowledgements(confirmed.channel, most, this.failed);
    const session = { model, confirmed, acknowledgements, consumer: undefined };
    this.#session = session;
    if (this.#state === 'open') await this.#subscribe(session);
  }

  pause(): void {
    if (this.#state !== 'open') return;
    this.#state = 'paused';
    void this.#unsubscribe();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'open';
    this.#beginHeld();
    if (this.#session !== undefined) this.#subscribe(this.#session).catch(this.failed);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    this.#beginHeld();
    await this.#unsubscribe();
    await Promise.all(this.#running);
    // The end of a connection would overtake the acknowledgements.
    this.#session?.acknowledgements.flush();
    await this.#session?.confirmed.close();
    await this.connection.close();
  }

  async #subscribe(session: Session): Promise<void> {
    const consumerTag = newId();
    session.consumer = consumerTag;
    await session.confirmed.channel.consume(
      this.names.due,
      (message) => this.#take(message, session),
      { consumerTag },
    );
  }

  async #unsubscribe(): Promise<void> {
    const session = this.#session;
    const consumer = session?.consumer;
    if (session === undefined || consumer === undefined) return;
    session.consumer = undefined;
    try {
      await session.confirmed.channel.cancel(consumer);
    } catch {
      // With its connection it is gone anyway.
    }
  }

  #take(message: ConsumeMessage | null, session: Session): void {
    // Somebody has removed the queue: it is made anew with the connection.
    if (message === null) {
      this.connection.renew();
      return;
    }
    session.acknowledgements.given(message);
    if (this.#state === 'paused') this.#held.push({ message, session });
    else this.#begin({ message, session });
  }

  #beginHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const given of held) this.#begin(given);
  }

  #begin(given: UnacknowledgedMessage): void {
    const stored = readMessage(given.message);
    const delivery = deliveryOf(stored);
    const outcome = this.#state === 'stopped' ? UNTOUCHED : this.work(delivery);
    if (!(outcome instanceof Promise) && outcome.type === 'done') {
      given.session.acknowledgements.ack(given.message);
      return;
    }
    const done = this.#finish(given, { ...stored, attempts: delivery.attempt }, outcome).finally(
      () => this.#running.delete(done),
    );
    this.#running.add(done);
  }

  async #finish(
    { message, session }: UnacknowledgedMessage,
    stored: BrokerMessage,
    outcome: Outcome | Promise<Outcome>,
  ): Promise<void> {
    try {
      await this.#store(stored, await outcome, session);
      session.acknowledgements.ack(message);
    } catch (cause) {
      this.failed(cause);
      session.acknowledgements.nack(message);
    }
  }

  /** A copy with what is new about it is confirmed first, and then the message is acknowledged: it is never nowhere. */
  async #store(
    message: BrokerMessage,
    outcome: Outcome,
    { model, confirmed }: Session,
  ): Promise<void> {
    const put = async (copy: BrokerMessage | StoredLetter, route: Route) =>
      confirmed.publish(route, copy.content, propertiesOf(copy));
    const putBack = async (copy: BrokerMessage, after: number) => {
      if (after <= 0) return put(copy, { exchange: '', key: this.names.due });
      await this.waiting.declare(model);
      return put(copy, this.waiting.route(Math.min(after, LONGEST_WAIT)));
    };
    switch (outcome.type) {
      case 'done':
        return;
      case 'retry':
        return putBack(message, outcome.after);
      case 'goBack':
        return putBack({ ...message, attempts: message.attempts - 1 }, outcome.after);
      case 'giveUp': {
        const { reason, failure } = outcome;
        return put(
          { ...message, reason, failure, died: Date.now() },
          { exchange: '', key: this.names.dead },
        );
      }
    }
  }
}

function deliveryOf({ id, handler, content, attempts, expires }: BrokerMessage): QueueDelivery {
  return {
    id,
    handler,
    body: content,
    attempt: attempts + 1,
    expired: expires !== undefined && expires <= Date.now(),
    // Nobody could ask for them.
    progress: () => undefined,
    log: () => undefined,
  };
}
