/** libsql alone, with the same tables and the same statements for what is done to a message. */
import Database from 'libsql';
import { prepareFile } from '../../../dist/src/providers/sqlite/schema.js';
import { BATCH } from '../cases.mjs';
import { temporaryFile } from '../temporary-file.mjs';

const OWNER = 'bench';

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 */
export async function openQueue(concurrency, content) {
  const { file, remove } = temporaryFile();
  const database = new Database(file);
  prepareFile(database);
  const insert = database.prepare(
    `INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, expires, enqueued)
     VALUES (?, 'jobs', 'worker', 'bench.job', ?, 'waiting', ?, 0, NULL, NULL, ?)`,
  );
  const claim = database.prepare(
    `UPDATE carillon_message SET state = 'active', owner = ?, due = ?, attempt = attempt + 1, given = given + 1
     WHERE seq IN (SELECT seq FROM carillon_message WHERE queue = 'jobs' AND state = 'waiting' ORDER BY priority DESC, seq LIMIT ?)
     RETURNING seq, body, given`,
  );
  const settle = database.prepare(
    `UPDATE carillon_message SET state = 'done', body = '', progress = 1, due = ? WHERE seq = ? AND owner = ? AND given = ? AND state = 'active'`,
  );
  /** @param {() => void} write */
  const transaction = (write) => {
    database.exec('BEGIN IMMEDIATE');
    write();
    database.exec('COMMIT');
  };
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        transaction(() => {
          for (let step = 0; step < Math.min(left, BATCH); step += 1)
            insert.run(crypto.randomUUID(), content, Date.now(), Date.now());
        });
        await turn();
      }
    },
    work: async () => {
      let done = 0;
      /** @type {{ seq: number, body: string, given: number }[]} */
      let messages = [];
      do {
        transaction(() => {
          for (const { seq, given } of messages) settle.run(Date.now(), seq, OWNER, given);
          messages = claim.all(OWNER, Date.now() + 30_000, concurrency);
        });
        for (const { body } of messages) if (JSON.parse(body) !== null && body.length === content.length) done += 1;
        await turn();
      } while (messages.length > 0);
      return done;
    },
    close: async () => {
      database.close();
      await remove();
    },
  };
}

/** A program does something else as well. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
