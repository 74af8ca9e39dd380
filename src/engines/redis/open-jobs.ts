/** Opens queues of BullMQ. */
import { Queue } from 'bullmq';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { isThrown } from '../../events/describe-thrown.js';
import type { ProviderContext, ProviderQueue } from '../../queue/queue-provider.js';
import { escapeWord } from '../topic-words.js';
import { JobQueue, type JobQueueOptions } from './job-queue.js';
import type { RedisOptions } from './redis-connection.js';
import { explainConnection, RedisTrouble } from './redis-trouble.js';
import { type OpenRedis, SharedRedis } from './shared-redis.js';

const LOST =
  'has lost its connection, or was not understood. See the cause; it reconnects automatically.';
const CLUSTER =
  'could not be opened. Its server is one of a Redis Cluster, where the keys of a queue are on several servers. Give it a server, or a group with sentinels, that has all keys.';

/** The options of every queue of one provider. */
export type ProviderOptions = Omit<JobQueueOptions, 'queue'>;

export class JobProvider {
  readonly #options: ProviderOptions;
  readonly #shared: SharedRedis;

  constructor(redis: RedisOptions, options: ProviderOptions) {
    this.#options = options;
    this.#shared = new SharedRedis(redis, options.patience);
  }

  async open(name: string, context: ProviderContext): Promise<ProviderQueue> {
    const trouble = new RedisTrouble(name, (error) => context.report(error));
    let redis: OpenRedis | undefined;
    try {
      redis = await this.#shared.join({
        ready: () => trouble.recovered(),
        lost: (error) => trouble.report(error, LOST),
      });
      trouble.isNewLoss = redis.isNew;
      checkServer(redis, trouble, (error) => context.report(error));
      const queue = new Queue(escapeWord(name, /[:%]/g), {
        connection: redis.commands,
        prefix: this.#options.prefix,
        skipMetasUpdate: true,
      });
      queue.on('error', (cause) => trouble.report(cause, LOST));
      const options = { ...this.#options, queue: name };
      return new JobQueue({ queue, redis, options, context, trouble });
    } catch (error) {
      await redis?.leave();
      throw isThrown(error, CarillonError)
        ? error
        : trouble.error(error, `could not be opened. ${explainConnection(error)}`);
    }
  }
}

/**
 * Reads how the server keeps what it is given.
 *
 * @throws CarillonError `CAR5018` for a server of a cluster
 */
function checkServer(
  { info, isFirst }: OpenRedis,
  trouble: RedisTrouble,
  report: (error: CarillonError) => void,
): void {
  if (/^cluster_enabled:1/m.test(info))
    throw trouble.error(new Error('cluster_enabled:1'), CLUSTER);
  const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
  if (policy === 'noeviction' || !isFirst) return;
  const evicts = `may lose messages: the maxmemory-policy of its server is ${policy}. Set it to noeviction.`;
  report(trouble.error(new Error(`maxmemory_policy:${policy}`), evicts));
}
