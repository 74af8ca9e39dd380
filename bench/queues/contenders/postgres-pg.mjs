/** pg alone, with the same tables and the same statements for what is done to a message. */
import pg from 'pg';
import { importSource } from '../../../tools/import-source.mjs';
import { BATCH } from '../cases.mjs';
import { postgresSpace } from '../postgres-space.mjs';

const { NOW, TABLES } = await importSource('src/engines/postgres/schema.ts');

const OWNER = 'bench';

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 */
export async function openQueue(concurrency, content) {
  const { url, connection, clear } = await postgresSpace();
  const pool = new pg.Pool({ connectionString: url, ...connection });
  await pool.query(TABLES);
  /**
   * @param {string} seq
   * @param {number} given
   */
  const settle = (seq, given) =>
    pool.query(
      `UPDATE carillon_message SET state = 'done', owner = NULL, body = '', progress = 1, due = ${NOW} WHERE seq = $1 AND owner = $2 AND given = $3`,
      [seq, OWNER, given],
    );
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        const rows = Array.from({ length: Math.min(left, BATCH) }, () => ({
          id: crypto.randomUUID(),
          body: content,
        }));
        await pool.query(
          `INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, enqueued)
           SELECT id, 'jobs', 'worker', 'bench.job', body, 'waiting', ${NOW}, 0, ${NOW} FROM json_to_recordset($1::json) AS row (id text, body text)`,
          [JSON.stringify(rows)],
        );
      }
    },
    work: async () => {
      let done = 0;
      /** @type {Set<Promise<unknown>>} */
      const settling = new Set();
      for (;;) {
        const room = concurrency - settling.size;
        const { rows } = await pool.query(
          `UPDATE carillon_message SET state = 'active', owner = $1, due = ${NOW} + 30000, attempt = attempt + 1, given = given + 1
           WHERE seq IN (
             SELECT seq FROM carillon_message WHERE queue = 'jobs' AND state = 'waiting' AND ordering_key IS NULL
             ORDER BY priority DESC, seq LIMIT $2 FOR UPDATE SKIP LOCKED
           )
           RETURNING seq, body, given`,
          [OWNER, room],
        );
        if (rows.length === 0 && settling.size === 0) return done;
        for (const { seq, body, given } of rows) {
          if (JSON.parse(body) !== null && body.length === content.length) done += 1;
          const settled = settle(seq, given).finally(() => settling.delete(settled));
          settling.add(settled);
        }
        if (settling.size > 0) await Promise.race(settling);
      }
    },
    close: async () => {
      await pool.end();
      await clear();
    },
  };
}
