/** libsql alone: one table, with the same columns, the same indexes and the same steps for what is done to a message. */
import Database from 'libsql';
import { BATCH } from '../cases.mjs';
import { temporaryFile } from '../temporary-file.mjs';

const OWNER = 'bench';

const TABLE = `
  CREATE TABLE carillon_message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, handler TEXT, event TEXT NOT NULL, body TEXT NOT NULL,
    state TEXT NOT NULL, due INTEGER NOT NULL, priority INTEGER NOT NULL, ordering_key TEXT, expires INTEGER, attempt INTEGER NOT NULL DEFAULT 0,
    given INTEGER NOT NULL DEFAULT 0, owner TEXT, progress REAL NOT NULL DEFAULT 0, log TEXT NOT NULL DEFAULT '[]', reason TEXT, failure TEXT,
    enqueued INTEGER NOT NULL
  );
  CREATE INDEX carillon_message_waiting ON carillon_message (queue, priority DESC, seq) WHERE state = 'waiting';
  CREATE INDEX carillon_message_due ON carillon_message (queue, due) WHERE state IN ('delayed', 'active');
  CREATE INDEX carillon_message_done ON carillon_message (queue, due) WHERE state = 'done';
  CREATE INDEX carillon_message_dead ON carillon_message (queue, due) WHERE state = 'dead';
`;

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 */
export async function openQueue(concurrency, content) {
  const { file, remove } = temporaryFile();
  const database = new Database(file);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec(TABLE);
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
        for (const { body } of messages)
          if (JSON.parse(body) !== null && body.length === content.length) done += 1;
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
