/** Connects a queue of BullMQ. */
import { Queue } from 'bullmq';
import type { ProviderContext, ProviderQueue } from '../../queue/queue-provider.js';
import { queueTrouble } from '../queue-trouble.js';
import { escapeWord } from '../topic-words.js';
import { JobQueue, type JobQueueOptions } from './job-queue.js';
import { type RedisOptions, redisClient } from './redis-connection.js';

export async function openJobs(
  redis: RedisOptions,
  options: JobQueueOptions,
  context: ProviderContext,
): Promise<ProviderQueue> {
  const { queue: name, prefix, patience } = options;
  const report = (cause: unknown) => {
    const what =
      'has lost its connection, or was not understood. See the cause; it reconnects automatically.';
    context.report(queueTrouble(`"${name}" on redis`, what, cause));
  };
  const client = redisClient(redis, report, {
    // A command that cannot be sent now is refused: kept, it could take effect after its caller was told that it failed.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: patience,
  });
  try {
    await client.connect();
    const queue = new Queue(escapeWord(name, /[:%]/g), {
      connection: client,
      prefix,
      skipMetasUpdate: true,
    });
    queue.on('error', report);
    const connect = () => redisClient(redis, report);
    return new JobQueue({ queue, client, connect, options, context });
  } catch (error) {
    client.disconnect();
    throw error;
  }
}
