/** A worker of another queue in a process of its own: `node peer-worker.mjs PEER taken CONCURRENCY`. It takes no job until it is told to begin. */
import { createRequire } from 'node:module';
import pg from 'pg';
import { count, obey } from './commands.mjs';

const [peer = '', options = '{}', concurrency = '1'] = process.argv.slice(2);
const { packages, url, schema } = JSON.parse(options);
const atOnce = Number(concurrency);

const PEERS = { 'graphile-worker': graphileWorker, 'pg-boss': pgBoss };

async function graphileWorker({ Logger, run }) {
  // It warns of a pool that is smaller than the jobs at once. The connections are there before it begins.
  const max = Math.max(10, atOnce);
  const pgPool = new pg.Pool({ connectionString: url, max, idleTimeoutMillis: 0 });
  const clients = await Promise.all(Array.from({ length: max }, () => pgPool.connect()));
  for (const client of clients) client.release();
  return () =>
    run({
      pgPool,
      schema,
      concurrency: atOnce,
      noHandleSignals: true,
      logger: new Logger(() => () => undefined),
      taskList: { bench: count },
    });
}

async function pgBoss(Boss) {
  // With one connection a batch is completed before the next one is fetched: its keys are free by then.
  const connection = { connectionString: url, schema, max: 1 };
  const boss = new Boss({ ...connection, supervise: false, schedule: false });
  await boss.start();
  const taken = { batchSize: atOnce, pollingIntervalSeconds: 0.5 };
  /** @type {string} */
  let worker;
  /** @param {readonly { data: { event: string } }[]} jobs */
  const handle = async (jobs) => {
    for (const { data } of jobs) count(data.event);
    // Otherwise it would wait for the end of its polling interval before the next batch.
    boss.notifyWorker(worker);
  };
  return async () => {
    worker = await boss.work('bench', taken, handle);
  };
}

obey({ begin: await PEERS[peer](createRequire(packages)(peer)) });
