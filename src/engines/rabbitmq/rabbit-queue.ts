/** Queues in RabbitMQ: quorum queues, which confirm a message when it is on the disks of a majority of the servers. */
import { checkOptions, name, type OptionShape } from '../../../decorators/check-options.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { BrokerQueue } from './broker-queue.js';
import { queueNames } from './queue-names.js';
import { RABBIT, type RabbitOptions } from './rabbit-connection.js';

/** How queues use RabbitMQ. */
export interface RabbitQueueOptions extends RabbitOptions {
  /** The prefix of the names of queues: `carillon:mail`, `carillon:mail:dead`. Default `'carillon'`. */
  readonly prefix?: string;
}

const QUEUE: OptionShape<RabbitQueueOptions> = /* @__PURE__ */ (() => ({
  ...RABBIT,
  prefix: name(),
}))();

/**
 * What RabbitMQ can do with quorum queues. It delivers messages and has no memory of them. There are no ordering keys: a queue with a single
 * active consumer would keep one order for all messages, and only until the first retry.
 */
export const RABBIT_QUEUE: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  ttl: true,
  deadLetters: true,
});

/**
 * Queues in RabbitMQ 3.10 or newer, without a plugin. The longest delay of a message is 397 days.
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: rabbitQueue({ url: 'amqp://127.0.0.1:5672' }) } } }));
 */
export function rabbitQueue(options: RabbitQueueOptions = {}): QueueProvider {
  checkOptions('CAR7030', 'rabbitQueue()', QUEUE, options);
  const { prefix = 'carillon' } = options;
  return remoteQueue({
    name: 'rabbitmq',
    capabilities: RABBIT_QUEUE,
    async open(queue, context) {
      const broker = new BrokerQueue(queue, queueNames(prefix, queue), options, context);
      await broker.open();
      return broker;
    },
  });
}
