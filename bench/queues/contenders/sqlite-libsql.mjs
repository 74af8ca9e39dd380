/** libsql alone: the least that keeps messages in a file, and gives each to one worker. */
import Database from 'libsql';
import { BATCH, BODY } from '../cases.mjs';
import { temporaryFile } from '../temporary-file.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { file, remove } = temporaryFile();
  const database = new Database(file);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec(`
    CREATE TABLE message (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, state TEXT NOT NULL, due INTEGER NOT NULL);
    CREATE INDEX message_waiting ON message (seq) WHERE state = 'waiting';
  `);
  const insert = database.prepare(`INSERT INTO message (id, body, state, due) VALUES (?, ?, 'waiting', ?)`);
  const claim = database.prepare(
    `UPDATE message SET state = 'active', due = ? WHERE seq IN (SELECT seq FROM message WHERE state = 'waiting' ORDER BY seq LIMIT ?) RETURNING id, body`,
  );
  const settle = database.prepare(`UPDATE message SET state = 'done', body = '', due = ? WHERE id = ?`);
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
            insert.run(crypto.randomUUID(), JSON.stringify(BODY), Date.now());
        });
        await turn();
      }
    },
    work: async () => {
      let done = 0;
      /** @type {{ id: string, body: string }[]} */
      let messages = [];
      do {
        transaction(() => {
          for (const { id } of messages) settle.run(Date.now(), id);
          messages = claim.all(Date.now() + 30_000, concurrency);
        });
        for (const { body } of messages) if (JSON.parse(body).length === BODY.length) done += 1;
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
