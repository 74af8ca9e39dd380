/** Queues in JetStream of NATS. */
import { checkOptions, kind, type OptionShape, whole } from '../../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../../decorators/duration.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { engineTime } from '../options.js';
import { NATS, type NatsOptions } from './nats-connection.js';
import type { StreamProvider } from './open-streams.js';

/** How queues use JetStream. */
export interface JetStreamQueueOptions extends NatsOptions {
  /** The prefix of each subject and stream: letters, digits, `_` and `-`. Default `'carillon-queues'`. */
  readonly prefix?: string;
  /** On how many servers of a cluster a message is stored. Streams that exist are not changed. Default 1. */
  readonly replicas?: number;
  /** How long a message stays with a worker that has stopped renewing it. Default `'30s'`. */
  readonly leaseTime?: Duration;
  /** How long a request waits for its answer. Default `'5s'`. */
  readonly patience?: Duration;
}

const QUEUE: OptionShape<JetStreamQueueOptions> = /* @__PURE__ */ (() => ({
  ...NATS,
  prefix: kind(
    (value) => typeof value === 'string' && /^[\w-]{1,255}$/.test(value),
    'letters, digits, _ and -',
  ),
  replicas: whole({ least: 1 }),
  leaseTime: engineTime(),
  patience: engineTime(),
}))();

/** What JetStream can do. A stream has only one order, and cannot find a message by its id. */
export const JETSTREAM_QUEUE: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  dedup: true,
  ttl: true,
  deadLetters: true,
  inbox: true,
  presence: true,
});

/**
 * Queues in JetStream of NATS 2.9 or newer. Each has three streams: for its messages, its dead letters and the keys that it remembers; all queues
 * of one provider share one connection. A message that waits for its next attempt counts as active.
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: jetStreamQueue({ servers: '127.0.0.1:4222' }) } } }));
 */
export function jetStreamQueue(options: JetStreamQueueOptions = {}): QueueProvider {
  checkOptions('CAR7030', 'jetStreamQueue()', QUEUE, options);
  const { prefix = 'carillon-queues', replicas = 1, leaseTime = 30_000, patience = 5000 } = options;
  const times = { lease: milliseconds(leaseTime), patience: milliseconds(patience) };
  // A program with the bus alone does not need JetStream.
  let provider: Promise<StreamProvider> | undefined;
  const load = async () => {
    const { StreamProvider } = await import('./open-streams.js');
    return new StreamProvider(options, { prefix, replicas, ...times });
  };
  return remoteQueue({
    name: 'jetstream',
    capabilities: JETSTREAM_QUEUE,
    async open(queue, context) {
      provider ??= load();
      return (await provider).open(queue, context);
    },
  });
}
