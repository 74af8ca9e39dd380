/** Queues in RabbitMQ: quorum queues, which confirm a message when it is on the disks of a majority of the servers. */
import { checkOptions, type OptionShape } from '../../../decorators/check-options.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { BrokerLink, RABBIT, type RabbitOptions } from './broker-link.js';
import { BrokerQueue } from './broker-queue.js';
import { prefixName, queueNames } from './queue-names.js';
import { WaitingChain } from './waiting-queues.js';

/** How queues use RabbitMQ. */
export interface RabbitQueueOptions extends RabbitOptions {
  /** The prefix of the names of queues: `carillon:mail`, `carillon:mail:dead`. At most 200 bytes. Default `'carillon'`. */
  readonly prefix?: string;
}

const QUEUE: OptionShape<RabbitQueueOptions> = /* @__PURE__ */ (() => ({
  ...RABBIT,
  prefix: prefixName(),
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
  presence: true,
});

/**
 * Queues in RabbitMQ 3.10 or newer, without a plugin. All queues of one provider share two connections. The longest delay of a message is 397 days.
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: rabbitQueue({ url: 'amqp://127.0.0.1:5672' }) } } }));
 */
export function rabbitQueue(options: RabbitQueueOptions = {}): QueueProvider {
  checkOptions('CAR7030', 'rabbitQueue()', QUEUE, options);
  const { prefix = 'carillon' } = options;
  // A server that blocks publishers must not block workers.
  const shared = {
    commands: new BrokerLink(options),
    work: new BrokerLink(options),
    waiting: new WaitingChain(prefix),
  };
  return remoteQueue({
    name: 'rabbitmq',
    capabilities: RABBIT_QUEUE,
    async open(queue, context) {
      const broker = new BrokerQueue(queue, queueNames(prefix, queue), shared, context);
      await broker.open();
      return broker;
    },
  });
}
