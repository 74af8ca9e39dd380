/** The tables in a SQLite file: made apart from a start, and changed by a newer release. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from 'carillon/sqlite';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

/** What leads back from version 2, and from version 3. */
const BACK = [
  'DROP TABLE carillon_worker;',
  `DROP INDEX carillon_message_place;
   ALTER TABLE carillon_message DROP COLUMN place;
   ALTER TABLE carillon_message DROP COLUMN rank;
   CREATE INDEX carillon_message_waiting ON carillon_message (queue, priority DESC, seq) WHERE state = 'waiting';
   CREATE INDEX carillon_message_due ON carillon_message (queue, due) WHERE state IN ('delayed', 'held', 'active');
   CREATE INDEX carillon_message_done ON carillon_message (queue, due) WHERE state = 'done';`,
];

let file: SqliteFile;

beforeEach(() => {
  file = new SqliteFile();
});

afterEach(() => file.close());

describe('the migration of a SQLite file', () => {
  it('Q27 makes the tables once, and says what it did', async () => {
    const reports = [await migrate({ file: file.path }), await migrate({ file: file.path })];
    const queue = await file.open(realClock);

    expect(reports[0]).toMatchObject({ engine: 'sqlite', from: 0, to: 3, isChanged: true });
    expect(reports[1]).toEqual({ engine: 'sqlite', from: 3, to: 3, isChanged: false, sql: '' });
    expect(await queue.enqueue([message('1')])).toEqual(['accepted']);
  });

  it('Q27 prints SQL that makes the same file, and makes none', async () => {
    const { sql } = await migrate({ file: file.path, print: true });
    const wasMade = existsSync(file.path);
    file.connect().exec(sql);
    const report = await migrate({ file: file.path });
    const schemaOf = (one: SqliteFile) =>
      one.connect().prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').raw().all();
    const other = new SqliteFile();
    try {
      await migrate({ file: other.path });

      expect(wasMade).toBe(false);
      expect(report).toMatchObject({ from: 3, isChanged: false });
      expect(schemaOf(file)).toEqual(schemaOf(other));
    } finally {
      await other.close();
    }
  });

  it.each([1, 2])(
    'Q27 changes a file of version %i beside a program that works, and keeps what waits',
    async (version) => {
      const before = await file.open(realClock);
      await before.enqueue([message('1')]);
      file.connect().exec(
        BACK.slice(version - 1)
          .reverse()
          .join(''),
      );
      file.connect().exec(`PRAGMA user_version = ${version}`);

      const report = await migrate({ file: file.path });
      await before.enqueue([message('2')]);
      const after = await file.open(realClock);

      expect(report).toMatchObject({ from: version, to: 3, isChanged: true });
      expect(await after.counts()).toMatchObject({ waiting: 2 });
    },
  );

  it('Q27 Q7 refuses a file of a later version, and options that are not valid', async () => {
    await migrate({ file: file.path });
    file.connect().exec('PRAGMA user_version = 99');

    await expect(migrate({ file: file.path })).rejects.toMatchObject({ code: 'CAR7031' });
    await expect(migrate({ file: ':memory:' })).rejects.toMatchObject({ code: 'CAR7030' });
  });
});
