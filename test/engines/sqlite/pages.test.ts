/** What a worker writes to a SQLite file. */
import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { gate } from '../../support/gate.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

/** The bytes of a page in the write-ahead log, with its header. */
const FRAME = 4096 + 24;

const MESSAGES = 300;

let file: SqliteFile;

beforeEach(() => {
  file = new SqliteFile();
});

afterEach(() => file.close());

describe('a worker of a SQLite file', () => {
  it('Q28 writes fewer than three pages for an outcome and the next claim', async () => {
    const queue = await file.open(realClock, { poll: 1000, leaseTime: 30_000 });
    await queue.enqueue(Array.from({ length: MESSAGES }, (_, index) => message(`m${index}`)));
    // As long as it reads, the log grows and nothing of it is written again.
    const reader = file.connect();
    reader.exec('BEGIN; SELECT count(*) FROM carillon_message;');
    const before = statSync(`${file.path}-wal`).size;
    const all = gate();
    let done = 0;

    const consumption = await queue.consume({ concurrency: 1, onRetry: 'block' }, () => {
      done += 1;
      if (done === MESSAGES) all.open();
      return { type: 'done' };
    });
    await all.promise;
    await consumption.stop();

    const pages = (statSync(`${file.path}-wal`).size - before) / FRAME;
    expect(pages / MESSAGES).toBeLessThan(3);
  });
});
