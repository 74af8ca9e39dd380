/** What a SQLite file remembers, for how long, and what is left of it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Outcome, OutgoingMessage, ProviderQueue } from 'carillon/engine';
import { gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

const DONE: Outcome = { type: 'done' };
const ONE = { concurrency: 1, onRetry: 'block' } as const;
const MINUTE = 60_000;

let file: SqliteFile;
let clock: ManualClock;
let now: number;

beforeEach(() => {
  file = new SqliteFile();
  clock = new ManualClock();
  now = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});

afterEach(async () => {
  await file.close();
  jest.restoreAllMocks();
});

async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  await clock.advance(1000);
}

async function until(holds: () => boolean | Promise<boolean>, each = 0): Promise<void> {
  for (let step = 0; !(await holds()); step += 1) {
    if (step > 1000) throw new Error(`Waited in vain until ${holds}`);
    await pass(each);
  }
}

describe('deduplication in a SQLite file', () => {
  const twin = (id: string, more: Partial<OutgoingMessage> = {}) =>
    message(id, { dedup: { key: 'order 7', window: 1000 }, ...more });

  it('Q34 remembers an id as long as its first message waits, however often it is swept', async () => {
    const queue = await file.open(clock, { leaseTime: MINUTE });
    await queue.enqueue([twin('first', { delay: 10 * MINUTE })]);
    const consumption = await queue.consume(ONE, () => DONE);
    await until(() => now > 1_000_000 + 5 * MINUTE, 20_000);

    const during = await queue.enqueue([twin('second')]);
    await until(async () => (await queue.status?.('first'))?.state === 'done', MINUTE);
    await pass(MINUTE);
    const afterwards = await queue.enqueue([twin('third')]);
    await consumption.stop();

    expect(during).toEqual(['duplicate']);
    expect(afterwards).toEqual(['accepted']);
  });

  it('Q34 remembers it also where no worker runs', async () => {
    const queue = await file.open(clock);
    await queue.enqueue([twin('first')]);
    await pass(10 * MINUTE);

    expect(await queue.enqueue([twin('second')])).toEqual(['duplicate']);
  });

  it('Q34 remembers it for its window where the first message is done at once', async () => {
    const queue = await file.open(clock);
    await queue.enqueue([twin('first')]);
    const consumption = await queue.consume(ONE, () => DONE);
    await until(async () => (await queue.status?.('first'))?.state === 'done');

    const within = await queue.enqueue([twin('second')]);
    await pass(2000);
    const after = await queue.enqueue([twin('third')]);
    await consumption.stop();

    expect({ within, after }).toEqual({ within: ['duplicate'], after: ['accepted'] });
  });
});

describe('what a SQLite file forgets', () => {
  it('forgets what was done in portions, and gives its room back', async () => {
    const queue = await file.open(clock, { keepDone: MINUTE, leaseTime: MINUTE });
    const count = 1200;
    const body = 'x'.repeat(2000);
    await queue.enqueue(Array.from({ length: count }, (_, n) => message(`${n}`, { body })));
    const consumption = await queue.consume({ ...ONE, concurrency: 100 }, () => DONE);
    await until(async () => (await queue.counts()).waiting + (await queue.counts()).active === 0);
    const rows = file.connect().prepare('SELECT count(*) AS count FROM carillon_message');
    const left = () => (rows.get() as { count: number }).count;
    const before = pages(file);

    const seen = new Set<number>();
    // In each turn of the event loop, which makes one write.
    const watch = () => {
      seen.add(left());
      if (left() > 0) setImmediate(watch);
    };
    watch();
    await until(() => left() === 0, MINUTE);
    await until(() => pages(file) < before / 2, MINUTE);
    await consumption.stop();

    expect([...seen]).toEqual([1200, 700, 200, 0]);
  });

  it('keeps a write-ahead log that has grown no larger than 16 MB', async () => {
    const queue = await file.open(clock);
    const reader = file.connect();
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM carillon_message').get();
    const body = 'x'.repeat(500_000);
    for (let n = 0; n < 50; n += 1) await queue.enqueue([message(`${n}`, { body })]);
    const grown = statSync(`${file.path}-wal`).size;
    reader.exec('COMMIT');

    for (let n = 50; n < 54; n += 1) await queue.enqueue([message(`${n}`)]);

    expect(grown).toBeGreaterThan(20_000_000);
    expect(statSync(`${file.path}-wal`).size).toBeLessThanOrEqual(16 * 1024 * 1024);
  });
});

function pages(of: SqliteFile): number {
  const { page_count: count } = of.connect().prepare('PRAGMA page_count').get() as {
    page_count: number;
  };
  return count;
}

describe('the asynchronous context of a message', () => {
  it('Q23 is that of the worker, whoever has deferred it', async () => {
    const context = new AsyncLocalStorage<string>();
    const queue: ProviderQueue = await file.open(clock);
    const heard: (string | undefined)[] = [];
    const [first, second] = [gate(), gate()];
    const consumption = await context.run('start', () =>
      queue.consume(ONE, ({ id }) => {
        heard.push(context.getStore());
        // A handler that enters a context of its own leaves it to nobody.
        context.enterWith('handler');
        (id === 'first' ? first : second).open();
        return DONE;
      }),
    );

    await context.run('request', () => queue.enqueue([message('first')]));
    await first.promise;
    await context.run('another request', () => queue.enqueue([message('second')]));
    await second.promise;
    await consumption.stop();

    expect(heard).toEqual(['start', 'start']);
  });
});
