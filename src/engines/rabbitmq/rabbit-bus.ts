/** The bus on a topic exchange of RabbitMQ: a queue for each group, and one for each subscriber without a group. */
import type { OptionShape } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import type { BusProvider } from '../../bus/bus-backend.js';
import { notAccepted } from '../../bus/bus-error.js';
import type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportWatcher,
} from '../../bus/bus-transport.js';
import { REMOTE_BUS, type RemoteBusOptions } from '../../bus/remote-bus.js';
import { engineBus } from '../engine-bus.js';
import { wholeMilliseconds } from '../options.js';
import { BrokerLink, RABBIT, type RabbitOptions } from './broker-link.js';
import { BusSubscriber, routingKeyOf } from './bus-subscriber.js';
import type { ConfirmedChannel } from './confirmed-channel.js';
import { assertFits, prefixName } from './queue-names.js';
import { RabbitConnection } from './rabbit-connection.js';
import { onChannel } from './request-channels.js';

/** How the bus uses RabbitMQ. */
export interface RabbitBusOptions extends RabbitOptions, RemoteBusOptions {
  /** The name of the topic exchange, and the prefix of the names of its queues. At most 200 bytes. Default `'carillon.bus'`. */
  readonly exchange?: string;
  /**
   * How long a group without members keeps messages. Default `'1h'`. The queue of a group keeps the time with which it was created: delete
   * the queue before you change the time.
   */
  readonly retention?: Duration;
  /** How long messages are kept for a subscriber without a group whose connection is lost. Default `'30s'`. */
  readonly subscriberRetention?: Duration;
}

/** The longest expiry of a queue, in milliseconds: the server has 32 bits for it. */
const LONGEST_EXPIRY = 4_294_967_295;

const BUS: OptionShape<RabbitBusOptions> = /* @__PURE__ */ (() => ({
  ...RABBIT,
  ...REMOTE_BUS,
  exchange: prefixName(),
  retention: duration({ above: 0, most: LONGEST_EXPIRY }),
  subscriberRetention: duration({ above: 0, most: LONGEST_EXPIRY }),
}))();

/** What RabbitMQ can do with an exchange and queues. */
export const RABBIT_BUS: BusCapabilities = {
  groups: true,
  whenFull: ['wait', 'drop-oldest', 'drop-newest'],
  keepsForAbsent: true,
  redelivers: true,
};

/**
 * A bus on one topic exchange of RabbitMQ 3.10 or newer. A publish resolves once every queue of a subscriber has the message. Groups outlive
 * their members, which find the messages of the meantime.
 *
 * @throws CarillonError `CAR7022` for options that are not valid
 * @example
 * container.register(events({ bus: rabbitBus({ url: 'amqp://127.0.0.1:5672' }) }));
 */
export function rabbitBus(options: RabbitBusOptions = {}): BusProvider {
  return engineBus(
    { name: 'rabbitmq', capabilities: RABBIT_BUS, shape: BUS, Transport: RabbitBusTransport },
    options,
  );
}

/** Two connections: a server that blocks publishers must not block subscribers. */
export class RabbitBusTransport implements BusTransport {
  readonly name = 'rabbitmq';
  readonly capabilities = RABBIT_BUS;
  readonly #options: RabbitBusOptions;
  readonly #exchange: string;
  readonly #subscribers = new Set<BusSubscriber>();
  readonly #sending: RabbitConnection;
  readonly #receiving: RabbitConnection;
  #publisher: ConfirmedChannel | undefined;
  #failed: (error: unknown) => void = () => undefined;
  #isClosed = false;

  constructor(options: RabbitBusOptions) {
    const failed = (error: unknown) => this.#failed(error);
    this.#options = options;
    this.#exchange = options.exchange ?? 'carillon.bus';
    const patience = milliseconds(options.patience ?? 5000);
    const acceptWithin = milliseconds(options.acceptWithin ?? 5000);
    const sending = new RabbitConnection(
      new BrokerLink({ ...options, patience: Math.min(patience, acceptWithin) }),
      async (model) => {
        await onChannel(model, (channel) => channel.assertExchange(this.#exchange, 'topic'));
        this.#publisher = await sending.channel(model);
      },
      failed,
    );
    const receiving = new RabbitConnection(
      new BrokerLink(options),
      async (model) => {
        await onChannel(model, (channel) => channel.assertExchange(this.#exchange, 'topic'));
        await Promise.all(
          [...this.#subscribers].map((subscriber) =>
            subscriber.setUp(model, () => receiving.reconnect()),
          ),
        );
      },
      failed,
    );
    this.#sending = sending;
    this.#receiving = receiving;
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    this.#failed = (error) => {
      if (!this.#isClosed) failed(error);
    };
    await Promise.all([this.#sending.open(), this.#receiving.open()]);
  }

  async publish({ topic, id, text }: BusMessage): Promise<void> {
    const route = { exchange: this.#exchange, key: sendableKey(topic) };
    const options = {
      messageId: id,
      contentType: 'application/cloudevents+json',
      persistent: true,
    };
    await this.#sending.ask(async () =>
      this.#publisher?.publish(route, Buffer.from(text), options),
    );
  }

  async subscribe(subscription: BusSubscription): Promise<EndSubscription> {
    const { retention = 3_600_000, subscriberRetention = 30_000 } = this.#options;
    const lifetimes = {
      group: wholeMilliseconds(retention),
      subscriber: wholeMilliseconds(subscriberRetention),
    };
    const subscriber = new BusSubscriber(this.#exchange, subscription, lifetimes, this.#failed);
    await this.#receiving.askUntil((model) =>
      subscriber.setUp(model, () => this.#receiving.reconnect()),
    );
    this.#subscribers.add(subscriber);
    return async () => {
      this.#subscribers.delete(subscriber);
      await subscriber.end();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#sending.close(), this.#receiving.close()]);
  }
}

/** How many characters of a topic an error shows. */
const SHOWN = 100;

/** @throws CarillonError `CAR5040` for a topic that is too long */
function sendableKey(topic: string): string {
  const key = routingKeyOf(topic);
  try {
    assertFits(key);
  } catch (cause) {
    throw notAccepted('rabbitmq', `a message of ${topic.slice(0, SHOWN)}`, cause);
  }
  return key;
}
