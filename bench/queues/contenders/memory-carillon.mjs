/** Carillon in memory: each message is deferred by itself. */
import 'reflect-metadata';
import { Deferred, EventQueue } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';
import { BODY } from '../cases.mjs';

export const inMemory = true;

const TOPIC = 'bench.job';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
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
  container.register(events({ queues: { jobs: { concurrency } } }));
  container.bind(Worker).toSelf().inSingletonScope();
  container.get(Worker);
  await start(container);
  const queue = container.get(EventQueue);
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      enqueued = count;
      done = 0;
      for (let left = count; left > 0; left -= 1) void queue.defer(TOPIC, BODY);
    },
    work: async () => {
      if (done < enqueued) {
        await new Promise((resolve) => {
          finished = () => resolve(undefined);
        });
      }
      return done;
    },
    close: async () => void (await stop(container)),
  };
}
