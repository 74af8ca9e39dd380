/** BullMQ alone. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { BATCH } from '../cases.mjs';
import { redisSpace } from '../redis-space.mjs';

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 * @param {number} [priority] of each job
 */
export async function openQueue(concurrency, content, priority) {
  const { url, prefix, clear } = redisSpace();
  const [connection, workerConnection] = [
    new Redis(url),
    new Redis(url, { maxRetriesPerRequest: null }),
  ];
  const queue = new Queue('jobs', { connection, prefix });
  let enqueued = 0;
  let done = 0;
  /** @type {() => void} */
  let finished = () => undefined;
  const worker = new Worker(
    'jobs',
    async ({ data }) => {
      if (JSON.parse(data.body) === null || data.body.length !== content.length)
        throw new Error('It came otherwise than it went.');
      done += 1;
      if (done === enqueued) finished();
    },
    { connection: workerConnection, prefix, concurrency, autorun: false, drainDelay: 1 },
  );
  const opts = {
    attempts: 3,
    removeOnComplete: { age: 300 },
    removeOnFail: false,
    ...(priority === undefined ? {} : { priority }),
  };
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        const jobs = Array.from({ length: Math.min(left, BATCH) }, () => ({
          name: 'bench.job',
          data: { body: content },
          opts,
        }));
        await queue.addBulk(
          jobs.map((job) => ({ ...job, opts: { ...opts, jobId: crypto.randomUUID() } })),
        );
      }
      enqueued += count;
    },
    work: async () => {
      const all = new Promise((resolve) => {
        finished = () => resolve(undefined);
      });
      void worker.run();
      await all;
      while ((await queue.getActiveCount()) > 0)
        await new Promise((resolve) => setImmediate(resolve));
      return done;
    },
    close: async () => {
      await worker.close();
      await queue.close();
      connection.disconnect();
      workerConnection.disconnect();
      await clear();
    },
  };
}
