/** The tables in a SQLite file: made apart from a start, and changed by a newer release. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from 'carillon/sqlite';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

let file: SqliteFile;

beforeEach(() => {
  file = new SqliteFile();
});

afterEach(() => file.close());

describe('the migration of a SQLite file', () => {
  it('Q27 makes the tables once, and says what it did', async () => {
    const reports = [await migrate({ file: file.path }), await migrate({ file: file.path })];
    const queue = await file.open(realClock);

    expect(reports[0]).toMatchObject({ engine: 'sqlite', from: 0, to: 2, isChanged: true });
    expect(reports[1]).toEqual({ engine: 'sqlite', from: 2, to: 2, isChanged: false, sql: '' });
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
      expect(report).toMatchObject({ from: 2, isChanged: false });
      expect(schemaOf(file)).toEqual(schemaOf(other));
    } finally {
      await other.close();
    }
  });

  it('Q27 changes a file of an earlier version beside a program that works, and keeps what waits', async () => {
    const before = await file.open(realClock);
    await before.enqueue([message('1')]);
    file.connect().exec('DROP TABLE carillon_worker; PRAGMA user_version = 1');

    const report = await migrate({ file: file.path });
    await before.enqueue([message('2')]);
    const after = await file.open(realClock);

    expect(report).toMatchObject({ from: 1, to: 2, isChanged: true });
    expect(await after.counts()).toMatchObject({ waiting: 2 });
  });

  it('Q27 Q7 refuses a file of a later version, and options that are not valid', async () => {
    await migrate({ file: file.path });
    file.connect().exec('PRAGMA user_version = 99');

    await expect(migrate({ file: file.path })).rejects.toMatchObject({ code: 'CAR7031' });
    await expect(migrate({ file: ':memory:' })).rejects.toMatchObject({ code: 'CAR7030' });
  });
});
