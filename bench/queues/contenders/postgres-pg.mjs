/** pg alone: the least that keeps messages in a table, and gives each to one worker. */
import pg from 'pg';
import { BATCH, BODY } from '../cases.mjs';
import { postgresSpace } from '../postgres-space.mjs';

const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { url, connection, clear } = await postgresSpace();
  const pool = new pg.Pool({ connectionString: url, ...connection });
  await pool.query(`
    CREATE TABLE message (seq bigserial PRIMARY KEY, id text NOT NULL UNIQUE, body text NOT NULL, state text NOT NULL, due bigint NOT NULL);
    CREATE INDEX message_waiting ON message (seq) WHERE state = 'waiting';
  `);
  /** @param {string} id */
  const settle = (id) =>
    pool.query(`UPDATE message SET state = 'done', body = '', due = ${NOW} WHERE id = $1 AND state = 'active'`, [id]);
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        const rows = Array.from({ length: Math.min(left, BATCH) }, () => ({
          id: crypto.randomUUID(),
          body: JSON.stringify(BODY),
        }));
        await pool.query(
          `INSERT INTO message (id, body, state, due) SELECT id, body, 'waiting', ${NOW} FROM json_to_recordset($1::json) AS row (id text, body text)`,
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
          `UPDATE message SET state = 'active', due = ${NOW} + 30000
           WHERE seq IN (SELECT seq FROM message WHERE state = 'waiting' ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, body`,
          [room],
        );
        if (rows.length === 0 && settling.size === 0) return done;
        for (const { id, body } of rows) {
          if (JSON.parse(body).length === BODY.length) done += 1;
          const settled = settle(id).finally(() => settling.delete(settled));
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
