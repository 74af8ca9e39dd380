/**
 * A process on a queue that a test kills: `node queue-process.mjs worker|publisher|outbox LEDGER ENGINE OPTIONS`. It runs what is built, and
 * writes each thing that it does into the ledger before it goes on.
 */
import 'reflect-metadata';
import { appendFileSync, readFileSync } from 'node:fs';
import { Deferred, EventQueue } from 'carillon';
import { events, start } from 'carillon/inversify';
import { Container } from 'inversify';

const WORK = 'compliance.work';
const [role, ledger, engine, options] = process.argv.slice(2);
const [, queueOf] = Object.entries(await import(`carillon/${engine}`)).find(([name]) => name.endsWith('Queue'));
const provider = queueOf(JSON.parse(options));

class Worker {
  async work({ n, hold }) {
    write(`begun ${n}`);
    const begun = readFileSync(ledger, 'utf8')
      .split('\n')
      .filter((line) => line === `begun ${n}`);
    if (hold === true && begun.length === 1) await new Promise(() => undefined);
    write(`done ${n}`);
  }
}

const container = new Container();
container.register(events({ queues: { jobs: { provider } }, onError: (error) => console.error(error.message) }));
if (role === 'worker') {
  const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'work');
  Deferred(WORK, { id: 'worker', queue: 'jobs', attempts: 5, backoff: 50 })(Worker.prototype, 'work', method);
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

function write(line) {
  appendFileSync(ledger, `${line}\n`);
}
