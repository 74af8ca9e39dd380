/** Queues in JetStream of NATS. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { checkPositive } from '../options.js';
import type { NatsOptions } from './nats-connection.js';

/** How queues use JetStream. */
export interface JetStreamQueueOptions extends NatsOptions {
  /** Stands before each subject and each stream: letters, digits, `_` and `-`. Default `'carillon-queues'`. */
  readonly prefix?: string;
  /** How many servers of a cluster keep a message. Streams that exist stay as they are. Default 1. */
  readonly replicas?: number;
  /** Milliseconds after which what a worker has begun, and no longer tells of, is another's. Default 30000. */
  readonly leaseTime?: number;
  /** Milliseconds that a request waits for its answer. Default 5000. */
  readonly patience?: number;
}

/** What JetStream can do: a stream has one order, and no message is found by its id. */
export const JETSTREAM_QUEUE: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  dedup: true,
  ttl: true,
  deadLetters: true,
  inbox: true,
});

/**
 * Keeps queues in JetStream, NATS 2.9 or newer. Each has three streams: of its messages, of its dead letters, and of the keys that it remembers.
 * What is to be tried again counts as active until then.
 *
 * @throws CarillonError `CAR7030` for options that are wrong
 * @example
 * container.register(events({ queues: { mail: { provider: jetStreamQueue({ servers: '127.0.0.1:4222' }) } } }));
 */
export function jetStreamQueue(options: JetStreamQueueOptions = {}): QueueProvider {
  const { prefix = 'carillon-queues', replicas = 1, leaseTime = 30_000, patience = 5000 } = options;
  if (!/^[\w-]+$/.test(prefix)) {
    throw new CarillonError(
      'CAR7030',
      `jetStreamQueue has prefix: ${JSON.stringify(prefix)}. Give letters, digits, _ and -.`,
    );
  }
  checkPositive('CAR7030', 'jetStreamQueue', { replicas, leaseTime, patience });
  return remoteQueue({
    name: 'jetstream',
    capabilities: JETSTREAM_QUEUE,
    async open(queue, context) {
      // Who has the bus alone needs no JetStream.
      const { openStreams } = await import('./open-streams.js');
      return openStreams(options, { queue, prefix, replicas, lease: leaseTime, patience }, context);
    },
  });
}
