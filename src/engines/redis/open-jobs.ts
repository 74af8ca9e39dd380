/** Connects a queue of BullMQ. */
import { Queue } from 'bullmq';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { ProviderContext, ProviderQueue } from '../../queue/queue-provider.js';
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
    const text = `Queue "${name}" on redis has lost its connection, or was not understood. See the cause; it connects again by itself.`;
    context.report(new CarillonError('CAR5018', text, { cause }));
  };
  const client = redisClient(redis, report, {
    // What cannot be sent now is refused: a command that waited could be done after its caller has been told that it was not.
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
    return new JobQueue(queue, client, () => redisClient(redis, report), options, context);
  } catch (error) {
    client.disconnect();
    throw error;
  }
}
