/** The engines of the bench of backlogs: each has a place of its own, and is filled in one statement with the rows that a `defer` of each message would make. */
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import pg from 'pg';
import { postgresSpace } from '../queues/postgres-space.mjs';
import { temporaryFile } from '../queues/temporary-file.mjs';

/**
 * @typedef {object} Place
 * @property {Record<string, unknown>} options what a worker makes its provider of
 * @property {(fill: Fill) => Promise<void>} fill copies a message that was deferred, and is still there, so many times
 * @property {() => Promise<void>} remove
 */

/**
 * @typedef {object} Fill
 * @property {string} event of the message that is copied
 * @property {number} count
 * @property {number} [keys] among so many ordering keys, in turn; without it there are none
 */

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {string} worker the module of a process that works on a backlog: it gets the name, the options of the place, and how many at once
 * @property {() => Promise<Place>} place
 */

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

export const ENGINES = {
  postgres: { name: 'postgres', worker: WORKER, place: postgresPlace },
  sqlite: { name: 'sqlite', worker: WORKER, place: sqlitePlace },
};

const COLUMNS =
  'id, queue, handler, event, state, due, priority, ordering_key, enqueued, attempt, given';

/** @returns {Promise<Place>} */
async function postgresPlace() {
  const { url, connection, clear } = await postgresSpace();
  const client = new pg.Client({ connectionString: url, ...connection });
  await client.connect();
  return {
    options: { url, connection },
    fill: async ({ event, count, keys }) => {
      // Each one by itself has rung a bell.
      await client.query(
        `WITH stored AS (
           INSERT INTO carillon_message (${COLUMNS}, body)
           SELECT gen_random_uuid(), queue, handler, event, 'waiting', due, priority, $3 || ' ' || n % $4, enqueued, 0, 0, body
           FROM carillon_message, generate_series(1, $2::int) AS n WHERE event = $1 AND state = 'delayed'
           RETURNING queue, priority, seq, ordering_key, handler
         ) INSERT INTO carillon_bell (queue, priority, seq, key, handler)
         SELECT * FROM stored WHERE ordering_key IS NOT NULL ORDER BY seq`,
        [event, count, keys === undefined ? null : event, keys ?? 1],
      );
    },
    remove: async () => {
      await client.end();
      await clear();
    },
  };
}

/** @returns {Promise<Place>} */
async function sqlitePlace() {
  const { file, remove } = temporaryFile();
  /** @param {string} sql */
  const run = (sql) => {
    const database = new Database(file, { timeout: 10_000 });
    database.exec(sql);
    database.close();
  };
  return {
    options: { file },
    fill: async ({ event, count, keys }) => {
      const key = keys === undefined ? 'NULL' : `'${event} ' || n % ${keys}`;
      const state = keys === undefined ? `'waiting'` : `iif(n <= ${keys}, 'waiting', 'behind')`;
      run(
        `BEGIN IMMEDIATE;
         CREATE TEMP TABLE model AS SELECT * FROM carillon_message JOIN carillon_body USING (seq) WHERE event = '${event}' AND state = 'delayed';
         CREATE TEMP TABLE last AS SELECT max(seq) AS seq FROM carillon_message;
         WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
         INSERT INTO carillon_message (${COLUMNS})
         SELECT lower(hex(randomblob(16))), queue, handler, event, ${state}, due, priority, ${key}, enqueued, 0, 0 FROM numbers, model ORDER BY n;
         INSERT INTO carillon_body (seq, body) SELECT carillon_message.seq, model.body FROM carillon_message, model, last WHERE carillon_message.seq > last.seq;
         COMMIT;`,
      );
    },
    remove,
  };
}
