/** A worker in a process of its own: `node worker.mjs ENGINE OPTIONS CONCURRENCY`. It is paused until it is told to begin. */
import 'reflect-metadata';
import { Deferred, EventQueue } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';
import { count, obey } from './commands.mjs';

/** @import { QueueProvider } from 'carillon' */

const [engine = '', options = '{}', concurrency = '1'] = process.argv.slice(2);

/** How long the message that the others are copied of waits. */
const LATER = '1h';

class Worker {
  many() {
    count('bench.many');
  }

  few() {
    count('bench.few');
  }
}
for (const name of /** @type {const} */ (['many', 'few'])) {
  const method = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(Worker.prototype, name)
  );
  Deferred(`bench.${name}`, { id: name, queue: 'jobs' })(Worker.prototype, name, method);
}

/** @returns {Promise<QueueProvider>} */
async function provider() {
  const { postgresQueue } = await import('carillon/postgres');
  const { sqliteQueue } = await import('carillon/sqlite');
  const own = JSON.parse(options);
  return engine === 'postgres' ? postgresQueue(own) : sqliteQueue(own);
}

const container = new Container();
container.register(
  events({ queues: { jobs: { provider: await provider(), concurrency: Number(concurrency) } } }),
);
container.bind(Worker).toSelf().inSingletonScope();
container.get(Worker);
const queue = container.get(EventQueue);
await start(container);
queue.pause('jobs');

obey({
  models: async () => {
    await queue.defer('bench.many', 1, { delay: LATER });
    await queue.defer('bench.few', 1, { delay: LATER });
  },
  begin: () => queue.resume('jobs'),
  end: async () => {
    queue.pause('jobs');
    await stop(container);
  },
});
