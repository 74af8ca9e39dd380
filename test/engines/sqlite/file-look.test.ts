/** One look over all queues of a provider in a SQLite file, instead of a claim of each. */
import { renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ProviderQueue } from 'carillon/engine';
import { sqliteQueue } from 'carillon/sqlite';
import Database from 'libsql';
import { FileLook } from '../../../src/engines/sqlite/file-look.js';
import { openFile } from '../../../src/engines/sqlite/open-file.js';
import { ManualClock } from '../../support/manual-clock.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

const MINUTE = 60_000;
const ONE = { concurrency: 1, onRetry: 'block' } as const;
const NAMES = ['mail', 'print', 'bill'];

let file: SqliteFile;
let clock: ManualClock;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  file = new SqliteFile();
  clock = new ManualClock();
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await file.close();
});

async function open(queue: string): Promise<ProviderQueue> {
  const provider = sqliteQueue({ file: file.path, leaseTime: MINUTE });
  const opened = await provider.open(queue, { clock, report: () => undefined });
  closing.push(() => opened.close());
  return opened;
}

async function looking(): Promise<FileLook> {
  const prepared = await openFile(file.path, { queue: 'jobs', clock, patience: 1000 });
  closing.push(() => prepared.database.close());
  return new FileLook(prepared);
}

describe('a look over idle queues', () => {
  it('Q28 names those in which something waits, or will within the next poll', async () => {
    const look = await looking();
    const [mail, print, bill] = await Promise.all(NAMES.map(open));
    await mail?.enqueue([message('1')]);
    await print?.enqueue([message('2', { delay: 20 })]);
    await bill?.enqueue([message('3', { delay: MINUTE })]);

    expect(look.look(NAMES, 50)).toEqual(['mail', 'print']);
  });

  it('Q28 reads nothing where nobody has written and nothing is due', async () => {
    const look = await looking();
    const [mail, print] = await Promise.all(NAMES.map(open));
    await mail?.enqueue([message('1')]);
    await print?.enqueue([message('2', { delay: MINUTE })]);

    const first = look.look(NAMES, 50);
    const again = look.look(NAMES, 50);
    const due = look.look(NAMES, 2 * MINUTE);
    await mail?.cancel?.('1');
    const written = look.look(NAMES, 50);

    expect(first).toEqual(['mail']);
    expect(again).toEqual([]);
    expect(due).toEqual(['mail', 'print']);
    expect(written).toEqual([]);
  });

  it('Q28 looks again where there is one queue more', async () => {
    const look = await looking();
    const print = await open('print');
    await print.enqueue([message('1')]);

    expect(look.look(['mail'], 50)).toEqual([]);
    expect(look.look(['mail', 'print'], 50)).toEqual(['print']);
  });

  it('Q26 fails where the file is gone', async () => {
    const look = await looking();
    renameSync(file.path, `${file.path}.old`);

    expect(() => look.look(NAMES, 50)).toThrow('was deleted while it was open');
  });
});

describe('workers of one provider', () => {
  it('L4 are known as long as each is there, by timers that the last one ends', async () => {
    const provider = sqliteQueue({ file: file.path, leaseTime: MINUTE });
    const queues = await Promise.all(
      NAMES.map((name) => provider.open(name, { clock, report: () => undefined })),
    );
    const [first, ...others] = await Promise.all(
      queues.map((queue) => queue.consume(ONE, () => ({ type: 'done' }))),
    );
    const served = () => Promise.all(queues.map((queue) => queue.isServed?.()));
    await clock.advance(2 * MINUTE);

    const before = await served();
    await first?.stop();
    const between = await served();
    await Promise.all(others.map((consumption) => consumption.stop()));
    const after = await served();
    const { pending } = clock;
    await Promise.all(queues.map((queue) => queue.close()));

    expect(before).toEqual([true, true, true]);
    expect(between).toEqual([false, true, true]);
    expect(after).toEqual([false, false, false]);
    expect(pending).toBe(0);
  });

  it('Q28 make no transaction while nothing happens but that they say that they are there', async () => {
    const provider = sqliteQueue({ file: file.path, leaseTime: 3 * MINUTE });
    for (const name of NAMES) {
      const queue = await provider.open(name, { clock, report: () => undefined });
      closing.push(() => queue.close());
      await queue.consume(ONE, () => ({ type: 'done' }));
    }
    const begun = Date.now();
    let now = begun;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const pass = async (until: number) => {
      for (; now < until; now += 1000) await clock.advance(1000);
    };
    await pass(begun + MINUTE / 2);
    const exec = jest.spyOn(Database.prototype, 'exec');

    await pass(begun + 2.5 * MINUTE);
    const statements = exec.mock.calls.map(([sql]) => sql);
    jest.restoreAllMocks();

    expect(statements).toEqual(['BEGIN IMMEDIATE', 'COMMIT', 'BEGIN IMMEDIATE', 'COMMIT']);
  });

  it('Q9 finds what another process has deferred, and its delay', async () => {
    const jobs = await open('jobs');
    const heard: string[] = [];
    const consumption = await jobs.consume(ONE, ({ id }) => {
      heard.push(id);
      return { type: 'done' };
    });
    await clock.advance(1000);
    const other = await open('jobs');

    await other.enqueue([message('1'), message('2', { delay: 1 })]);
    for (let step = 0; heard.length < 2 && step < 1000; step += 1) await clock.advance(50);
    await consumption.stop();

    expect(heard.sort()).toEqual(['1', '2']);
  });
});
