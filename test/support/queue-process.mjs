/** A process on a queue that a test kills: `node queue-process.mjs worker|publisher|outbox LEDGER ENGINE OPTIONS`. It runs what is built. */
import 'reflect-metadata';
import { Deferred, EventQueue } from 'carillon';
import { events, start } from 'carillon/inversify';
import { Container } from 'inversify';
import { made, options, role, WORK, work, write } from './killed-process.mjs';

const provider = await made('Queue');

class Worker {
  work(payload) {
    return work(payload);
  }
}

const container = new Container();
container.register(
  events({ queues: { jobs: { provider } }, onError: (error) => console.error(error.message) }),
);
if (role === 'worker') {
  const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'work');
  Deferred(WORK, { id: 'worker', queue: 'jobs', attempts: 5, backoff: 50 })(
    Worker.prototype,
    'work',
    method,
  );
  container.bind(Worker).toSelf().inSingletonScope();
}
await start(container);
process.send('ready');

if (role === 'publisher') {
  const queue = container.get(EventQueue);
  for (let n = 1; ; n += 1) {
    await queue.defer(WORK, { n }, { queue: 'jobs' });
    write(`accepted ${n}`);
  }
}

if (role === 'outbox') {
  const queue = container.get(EventQueue);
  const { url, connection } = JSON.parse(options);
  const { default: pg } = await import('pg');
  const client = new pg.Client({ ...connection, connectionString: url });
  await client.connect();
  for (let n = 1; ; n += 1) {
    await client.query('BEGIN');
    await queue.within(client).defer(WORK, { n }, { queue: 'jobs' });
    write(`stored ${n}`);
    const isRefused = n % 3 === 0;
    await client.query(isRefused ? 'ROLLBACK' : 'COMMIT');
    write(`${isRefused ? 'refused' : 'accepted'} ${n}`);
  }
}
