/** Queues on Redis by BullMQ, so that its dashboards show them. */
import { checkOptions, flag, name, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { engineTime, wholeMilliseconds } from '../options.js';
import type { JobProvider } from './open-jobs.js';
import { REDIS, type RedisOptions } from './redis-connection.js';

/** How queues use Redis. */
export interface RedisQueueOptions extends RedisOptions {
  /** The prefix of each key. Default `'carillon'`. */
  readonly prefix?: string;
  /** How long a message stays with a worker that has stopped renewing it. Default `'30s'`. */
  readonly leaseTime?: Duration;
  /** How long a command waits for its answer. Default `'5s'`. */
  readonly patience?: Duration;
  /** How long the status of a message that is done is kept. Default `'5m'`. */
  readonly keepDone?: Duration;
  /**
   * Whether messages may have a priority. Without priorities a queue is about a tenth faster, because BullMQ uses a plain list. Give the same
   * value in each process that uses the queue: messages without a priority come before all that have one. Default `true`.
   */
  readonly priorities?: boolean;
}

const QUEUE: OptionShape<RedisQueueOptions> = /* @__PURE__ */ (() => ({
  ...REDIS,
  prefix: name(),
  leaseTime: engineTime(),
  patience: engineTime(),
  keepDone: duration({ above: 0 }),
  priorities: flag(),
}))();

/**
 * What BullMQ can do on Redis. It has no groups of jobs, which ordering keys would need, and cannot delay a message that already waits.
 */
export const REDIS_QUEUE: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  priority: true,
  rateLimit: true,
  dedup: true,
  ttl: true,
  cancel: true,
  status: true,
  deadLetters: true,
  inbox: true,
  presence: true,
});

/**
 * Queues on Redis 6.2 or newer, by BullMQ. The queues of one provider share two connections, and each worker has one of its own. They are as durable as Redis is configured to be: with `appendonly yes`, `appendfsync always` and
 * `maxmemory-policy noeviction` nothing is lost.
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: redisQueue({ url: 'redis://127.0.0.1:6379' }) } } }));
 */
export function redisQueue(options: RedisQueueOptions = {}): QueueProvider {
  checkOptions('CAR7030', 'redisQueue()', QUEUE, options);
  const {
    prefix = 'carillon',
    leaseTime = 30_000,
    patience = 5000,
    keepDone = 300_000,
    priorities = true,
  } = options;
  const times = {
    lease: wholeMilliseconds(leaseTime),
    patience: milliseconds(patience),
    keepDone: wholeMilliseconds(keepDone),
  };
  // A program with the bus alone does not need BullMQ.
  let provider: Promise<JobProvider> | undefined;
  const load = async () => {
    const { JobProvider } = await import('./open-jobs.js');
    return new JobProvider(options, { prefix, ...times, priorities });
  };
  return remoteQueue({
    name: 'redis',
    capabilities: { ...REDIS_QUEUE, priority: priorities },
    async open(queue, context) {
      provider ??= load();
      return (await provider).open(queue, context);
    },
  });
}
