/** A SQLite file that is locked, full, gone, or of another version. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumeOptions, Outcome, ProviderQueue, QueueDelivery } from 'carillon/engine';
import Database from 'libsql';
import { gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

const PATIENCE = 1000;
const ONE: ConsumeOptions = { concurrency: 1, onRetry: 'block' };
const DONE: Outcome = { type: 'done' };

let file: SqliteFile;
let clock: ManualClock;

beforeEach(() => {
  file = new SqliteFile();
  clock = new ManualClock();
});

afterEach(() => file.close());

function open(): Promise<ProviderQueue> {
  return file.open(clock, { patience: PATIENCE, leaseTime: 600_000 });
}

/** How many of them have settled. */
function settled(promises: readonly Promise<unknown>[]): { count: number } {
  const seen = { count: 0 };
  const settle = () => {
    seen.count += 1;
  };
  for (const promise of promises) promise.then(settle, settle);
  return seen;
}

function stateOf(queue: ProviderQueue, id: string): Promise<string | undefined> {
  return Promise.resolve(queue.status?.(id)).then((status) => status?.state);
}

/** Lets time pass step by step until it holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let step = 0; !(await holds()); step += 1) {
    if (step > 2000) throw new Error(`Waited in vain until ${holds}`);
    await clock.advance(50);
  }
}

describe('a SQLite file that another program has locked', () => {
  it('Q26 is waited for outside of SQLite: the event loop goes on, and what was deferred is accepted', async () => {
    const queue = await open();
    const unlock = file.lock();
    const deferred = Array.from({ length: 10 }, (_, n) => queue.enqueue([message(`${n}`)]));
    const seen = settled(deferred);

    await clock.advance(PATIENCE / 2);
    const during = seen.count;
    unlock();
    await clock.advance(50);

    expect(during).toBe(0);
    expect(await Promise.all(deferred)).toEqual(new Array(10).fill(['accepted']));
    expect((await queue.counts()).waiting).toBe(10);
  });

  it('Q22 Q26 refuses all that wait at once when the patience is over, and stores nothing of it', async () => {
    const queue = await open();
    const unlock = file.lock();
    const deferred = Array.from({ length: 10 }, (_, n) => queue.enqueue([message(`${n}`)]));
    const seen = settled(deferred);

    await clock.advance(PATIENCE - 50);
    const before = seen.count;
    await clock.advance(100);
    const refusals = await Promise.allSettled(deferred);
    unlock();
    await clock.advance(100);

    expect(before).toBe(0);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ status: 'rejected', reason: { code: 'CAR5018' } });
    expect((await queue.counts()).waiting).toBe(0);
  });

  it('Q25 stores the outcomes once it is free, however long it was locked, and every later one', async () => {
    const queue = await open();
    const [begun, release, later] = [gate(), gate(), gate()];
    const attempts: string[] = [];
    await queue.enqueue([message('first'), message('second')]);
    const consumption = await queue.consume(ONE, async ({ id, attempt }) => {
      attempts.push(`${id} ${attempt}`);
      if (id !== 'first') later.open();
      else {
        begun.open();
        await release.promise;
      }
      return DONE;
    });
    await begun.promise;

    const unlock = file.lock();
    release.open();
    await clock.advance(3 * PATIENCE);
    const during = await stateOf(queue, 'first');
    unlock();
    await until(async () => (await stateOf(queue, 'second')) === 'done');
    await consumption.stop();

    expect(during).toBe('active');
    expect(await stateOf(queue, 'first')).toBe('done');
    expect(attempts).toEqual(['first 1', 'second 1']);
  });

  it('Q25 stores a failure and a message that was given up as well', async () => {
    const queue = await open();
    const failure = { name: 'Error', message: 'no ink' };
    const outcomes: Outcome[] = [
      { type: 'retry', after: 600_000, failure },
      { type: 'giveUp', reason: 'failed', failure },
    ];
    const [begun, release] = [gate(), gate()];
    await queue.enqueue([message('retried'), message('dead')]);
    let count = 0;
    const consumption = await queue.consume({ ...ONE, concurrency: 2 }, async () => {
      count += 1;
      const outcome = outcomes[count - 1] as Outcome;
      if (count === 2) begun.open();
      await release.promise;
      return outcome;
    });
    await begun.promise;

    const unlock = file.lock();
    release.open();
    await clock.advance(3 * PATIENCE);
    unlock();
    await until(async () => (await queue.counts()).active === 0);
    await consumption.stop();

    expect(await queue.counts()).toMatchObject({ delayed: 1, dead: 1 });
  });

  it('Q26 a worker that could not claim reports it once, and goes on by itself', async () => {
    const queue = await open();
    await queue.enqueue([message('first')]);
    const unlock = file.lock();
    const heard: string[] = [];
    const consumption = await queue.consume(ONE, async ({ id }) => {
      heard.push(id);
      return DONE;
    });

    await clock.advance(20 * PATIENCE);
    const during = file.reports.map(({ code }) => code);
    unlock();
    await until(() => heard.length > 0);
    await consumption.stop();

    expect(during).toEqual(['CAR5018']);
    expect(heard).toEqual(['first']);
  });

  it('Q25 renews the leases before it claims, so that what it has kept is not given out again', async () => {
    const queue = await file.open(clock, { patience: 10 * PATIENCE, leaseTime: 3000 });
    const [begun, release] = [gate(), gate()];
    const heard: string[] = [];
    await queue.enqueue([message('first')]);
    const consumption = await queue.consume({ ...ONE, concurrency: 2 }, async ({ id, attempt }) => {
      heard.push(`${id} ${attempt}`);
      if (id !== 'first') return DONE;
      begun.open();
      await release.promise;
      return DONE;
    });
    await begun.promise;
    const other = file.connect();
    other.exec(`UPDATE carillon_message SET due = 0 WHERE id = 'first'`);
    const unlock = file.lock();
    // It wants to claim, and only then to renew.
    await clock.advance(1100);
    unlock();
    await clock.advance(100);
    await queue.enqueue([message('second')]);
    await until(() => heard.includes('second 1'));
    release.open();
    await consumption.stop();

    expect(heard).toEqual(['first 1', 'second 1']);
  });

  it('a worker that waits for the lock ends at once', async () => {
    const queue = await open();
    const unlock = file.lock();
    const consumption = await queue.consume(ONE, () => DONE);
    await clock.advance(100);

    const stopped = consumption.stop();
    await clock.advance(100);
    await stopped;
    unlock();

    expect(file.reports).toEqual([]);
  });

  it('Q27 a start does not wait where the tables are there', async () => {
    await open();
    const unlock = file.lock();

    const queue = await open();
    unlock();

    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });
});

describe('a SQLite file on a full disk', () => {
  const folder = mountedFolder();
  afterAll(() => {
    // A prepared statement of a closed connection keeps its file open until it is collected.
    if (folder !== undefined) execFileSync('umount', ['--lazy', folder]);
  });
  const onFullDisk = folder === undefined ? it.skip : it;

  onFullDisk(
    'Q22 Q25 Q26 refuses what is deferred, keeps the outcomes, and goes on by itself',
    async () => {
      const mounted = folder as string;
      const small = new SqliteFile(mkdtempSync(join(mounted, 'queues-')));
      const queue = await small.open(clock, { patience: PATIENCE, leaseTime: 600_000 });
      const [begun, release] = [gate(), gate()];
      const heard: string[] = [];
      await queue.enqueue([message('first'), message('second')]);
      const consumption = await queue.consume(ONE, async ({ id }: QueueDelivery) => {
        heard.push(id);
        begun.open();
        await release.promise;
        return DONE;
      });
      await begun.promise;
      const ballast = fill(mounted);

      const refused = queue.enqueue([message('third', { body: 'x'.repeat(100_000) })]);
      const refusal = await refused.catch((error: unknown) => error);
      release.open();
      await clock.advance(60_000);
      const [during, reports] = [[...heard], small.reports.length];
      rmSync(ballast);
      await until(async () => (await stateOf(queue, 'second')) === 'done');
      await consumption.stop();
      const states = [await stateOf(queue, 'first'), await stateOf(queue, 'third')];
      await small.close();

      expect(refusal).toMatchObject({ code: 'CAR5018', message: expect.stringContaining('full') });
      expect(during).toEqual(['first']);
      expect(reports).toBeLessThanOrEqual(2);
      expect(states).toEqual(['done', undefined]);
    },
  );
});

describe('a SQLite file that is not there any more', () => {
  it.each(['deleted', 'replaced'])(
    'Q26 is never written to after it was %s: that is refused and reported',
    async (fate) => {
      const queue = await open();
      const consumption = await queue.consume(ONE, () => DONE);
      await clock.advance(100);
      renameSync(file.path, `${file.path}.old`);
      if (fate === 'replaced') new Database(file.path).close();

      const refused = queue.enqueue([message('lost')]);
      await expect(refused).rejects.toMatchObject({
        code: 'CAR5018',
        message: expect.stringContaining('lost its file'),
      });
      await clock.advance(20_000);
      await consumption.stop();
      expect(await queue.counts()).toMatchObject({ waiting: 0 });
      expect(file.reports.map(({ code }) => code)).toEqual(['CAR5018']);
      await expect(queue.ping()).rejects.toMatchObject({ code: 'CAR5018' });
    },
  );
});

describe('the version of a SQLite file', () => {
  it('Q27 a file of a newer version is refused', async () => {
    await open();
    file.connect().exec('PRAGMA user_version = 99');

    await expect(open()).rejects.toMatchObject({
      code: 'CAR7031',
      message: expect.stringContaining('version 99'),
    });
  });

  it('Q27 so is a file of another program', async () => {
    const other = file.connect();
    other.exec('CREATE TABLE invoices (id); PRAGMA user_version = 1');

    await expect(open()).rejects.toMatchObject({ code: 'CAR7031' });
    expect(other.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1);
  });
});

/** A small file system of the test's own, where the system allows one. */
function mountedFolder(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

/** Fills it to the last page. */
function fill(folder: string): string {
  const ballast = join(folder, 'ballast');
  for (const size of [65_536, 4096, 1])
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // No more of that size.
    }
  return ballast;
}
