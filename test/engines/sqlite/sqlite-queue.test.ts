/** Queues in a SQLite file: what the suite of all engines does not ask. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from 'carillon';
import type { OutgoingMessage, ProviderQueue, QueueDelivery } from 'carillon/engine';
import { sqliteQueue } from 'carillon/sqlite';
import Database from 'libsql';
import { gate } from '../../support/gate.js';

const clock: Clock = {
  now: () => performance.now(),
  schedule: (callback: () => void, delay: number) => setTimeout(callback, delay),
  cancel: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
};

let folder: string;
const opened: ProviderQueue[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'));
});

afterEach(async () => {
  for (const queue of opened.splice(0)) await queue.close();
  rmSync(folder, { recursive: true });
});

/** Renews nothing: its time stands still. */
const frozen: Clock = { ...clock, schedule: () => undefined };

async function open(time: Clock = clock): Promise<ProviderQueue> {
  const provider = sqliteQueue({ file: join(folder, 'queues.db'), poll: 5, leaseTime: 100 });
  const queue = await provider.open('jobs', { clock: time, report: () => undefined });
  opened.push(queue);
  return queue;
}

function message(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', ...more };
}

const OPTIONS = { concurrency: 1, onRetry: 'block' } as const;

describe('sqliteQueue', () => {
  it.each([
    { file: '' },
    { file: ':memory:' },
    { file: 'libsql://127.0.0.1' },
    { file: 'a.db', poll: 0 },
    { file: 'a.db', leaseTime: Number.NaN },
    { file: 'a.db', keepDone: -1 },
  ])('Q7 refuses %j when it is configured', (options) => {
    expect(() => sqliteQueue(options)).toThrow('CAR7030');
  });

  it('Q1 accepts all messages of one call or none', async () => {
    const queue = await open();
    await queue.enqueue([message('first')]);

    const refused = queue.enqueue([message('second'), message('first')]);
    const beside = queue.enqueue([message('third')]);

    await expect(refused).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
    expect(await beside).toEqual(['accepted']);
    expect((await queue.counts()).waiting).toBe(2);
  });

  it('keeps nothing of a message that is gone', async () => {
    const queue = await open();
    const given = gate();
    const waiting = [
      message('one'),
      message('two', { delay: 60_000 }),
      message('three', { delay: 60_000 }),
    ];
    await queue.enqueue(waiting);
    const consumption = await queue.consume(OPTIONS, () => {
      given.open();
      return { type: 'giveUp', reason: 'failed', failure: { name: 'Error', message: 'no ink' } };
    });
    await given.promise;
    await consumption.stop();

    await queue.cancel?.('two');
    const dropped = await queue.deadLetters?.drop({});

    const file = new Database(join(folder, 'queues.db'));
    const left = file
      .prepare('SELECT id FROM carillon_body JOIN carillon_message USING (seq)')
      .all() as { id: string }[];
    const { bodies } = file.prepare('SELECT count(*) AS bodies FROM carillon_body').get() as {
      bodies: number;
    };
    file.close();
    expect(dropped).toBe(1);
    expect(left.map(({ id }) => id)).toEqual(['three']);
    expect(bodies).toBe(1);
  });

  it('Q7 a busy worker comes to what another process has delayed', async () => {
    const [busy, other] = [await open(), await open()];
    const late = gate();
    const consumption = await busy.consume(OPTIONS, async ({ id }) => {
      if (id === 'late') late.open();
      else await busy.enqueue([message(randomUUID())]);
      return { type: 'done' };
    });
    await busy.enqueue([message('first')]);

    await other.enqueue([message('late', { delay: 20, priority: 1 })]);
    await late.promise;
    await consumption.stop();

    expect((await busy.status?.('late'))?.state).toBe('done');
  });

  it('Q8 the outcome of a worker whose lease was lost changes nothing', async () => {
    const [slow, quick] = [await open(frozen), await open()];
    const [begun, release] = [gate(), gate()];
    await slow.enqueue([message('one')]);
    const stuck = await slow.consume(OPTIONS, async () => {
      begun.open();
      await release.promise;
      return { type: 'giveUp', reason: 'failed', failure: { name: 'Error', message: 'late' } };
    });
    await begun.promise;

    const again = gate<QueueDelivery>();
    const other = await quick.consume(OPTIONS, (delivery) => {
      again.open(delivery);
      return { type: 'done' };
    });
    const second = await again.promise;
    release.open();
    await Promise.all([stuck.stop(), other.stop()]);

    expect(second.attempt).toBe(2);
    expect(await slow.status?.('one')).toMatchObject({ state: 'done', failure: undefined });
  });

  it('Q8 nor do those of several messages that it has done in one turn', async () => {
    const [slow, quick] = [await open(frozen), await open()];
    const [begun, release, given, held] = [gate(), gate(), gate(), gate()];
    await slow.enqueue([message('one'), message('two')]);
    let count = 0;
    const stuck = await slow.consume({ ...OPTIONS, concurrency: 2 }, async () => {
      count += 1;
      if (count === 2) begun.open();
      await release.promise;
      return { type: 'done' };
    });
    await begun.promise;

    const other = await quick.consume({ ...OPTIONS, concurrency: 2 }, async () => {
      count += 1;
      if (count === 4) given.open();
      await held.promise;
      return { type: 'done' };
    });
    await given.promise;
    release.open();
    await stuck.stop();
    const during = await quick.counts();
    held.open();
    await other.stop();

    expect(during).toMatchObject({ waiting: 0, active: 2 });
    expect(await quick.counts()).toMatchObject({ waiting: 0, active: 0 });
    expect(await quick.status?.('two')).toMatchObject({ state: 'done', attempt: 2 });
  });
});
