/** A queue of the library on an engine: one container defers, and has the handler. */
import 'reflect-metadata';
import { Deferred, EventQueue } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';
import { BATCH, BODY } from './cases.mjs';

/** @import { QueueProvider } from 'carillon' */
/** @import { Queue } from './cases.mjs' */

const TOPIC = 'bench.job';

/**
 * @param {QueueProvider} provider
 * @param {number} concurrency
 * @param {() => Promise<void>} clear
 * @returns {Queue}
 */
export function carillonQueue(provider, concurrency, clear) {
  let enqueued = 0;
  let done = 0;
  /** @type {() => void} */
  let finished = () => undefined;
  class Worker {
    work() {
      done += 1;
      if (done === enqueued) finished();
    }
  }
  const method = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(Worker.prototype, 'work')
  );
  Deferred(TOPIC, { id: 'worker', queue: 'jobs' })(Worker.prototype, 'work', method);
  const container = new Container();
  container.register(events({ queues: { jobs: { provider, concurrency } } }));
  container.bind(Worker).toSelf().inSingletonScope();
  container.get(Worker);
  const queue = container.get(EventQueue);
  return {
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        await queue.deferAll(Array.from({ length: Math.min(left, BATCH) }, () => [TOPIC, BODY]));
      }
      enqueued += count;
    },
    connect: async () => {
      await start(container);
      queue.pause('jobs');
    },
    work: async () => {
      const all = new Promise((resolve) => {
        finished = () => resolve(undefined);
      });
      queue.resume('jobs');
      await all;
      await settled(queue);
      return done;
    },
    close: async () => {
      await stop(container);
      await clear();
    },
  };
}

/** What has been done has to be stored as done, too. */
async function settled(queue) {
  for (;;) {
    const { waiting, active } = await queue.counts('jobs');
    if (waiting + active === 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
