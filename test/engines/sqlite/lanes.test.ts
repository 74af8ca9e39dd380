/** Ordering keys in a SQLite file: a random program against the invariants of the lanes, and the cost of statements. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OnRetry, Outcome, ProviderQueue } from 'carillon/engine';
import Database from 'libsql';
import type { SqliteMessage } from '../../../src/engines/sqlite/message-claims.js';
import { MessageTable } from '../../../src/engines/sqlite/message-table.js';
import { Statements } from '../../../src/engines/sqlite/statements.js';
import { ManualClock } from '../../support/manual-clock.js';
import { fc } from '../../support/properties.js';
import { sqliteMessage as message, SqliteFile } from '../../support/sqlite-file.js';

const DONE: Outcome = { type: 'done' };
const FAILURE = { name: 'Error', message: 'no ink' };
const LEASE = 1000;

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

/** Both clocks. */
async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  await clock.advance(milliseconds);
}

/** A worker whose messages the test settles. */
class Worker {
  readonly begun: string[] = [];
  readonly #inHand: ((outcome: Outcome) => void)[] = [];
  readonly #queue: ProviderQueue;

  constructor(queue: ProviderQueue) {
    this.#queue = queue;
  }

  work(concurrency: number, onRetry: OnRetry) {
    return this.#queue.consume({ concurrency, onRetry }, ({ id }) => {
      this.begun.push(id);
      return new Promise<Outcome>((resolve) => this.#inHand.push(resolve));
    });
  }

  /** Settles one of the messages in hand. */
  settle(which: number, outcome: Outcome): void {
    const [settle] = this.#inHand.splice(which % Math.max(1, this.#inHand.length), 1);
    settle?.(outcome);
  }

  settleAll(): void {
    for (const settle of this.#inHand.splice(0)) settle(DONE);
  }
}

const BROKEN = `
  SELECT 'two in front' AS fault FROM carillon_message
    WHERE ordering_key IS NOT NULL AND state IN ('waiting', 'held', 'active') GROUP BY queue, ordering_key, handler
    HAVING count(*) > 1 AND (min(state) <> 'active' OR max(state) <> 'active' OR count(DISTINCT owner) > 1)
  UNION ALL
  SELECT 'nobody in front' FROM carillon_message AS behind WHERE state = 'behind' AND NOT EXISTS (
    SELECT 1 FROM carillon_message AS front WHERE front.queue = behind.queue AND front.ordering_key = behind.ordering_key
      AND front.handler IS behind.handler AND front.state IN ('waiting', 'held', 'active'))
  UNION ALL
  SELECT 'a younger one in front' FROM carillon_message AS front JOIN carillon_message AS behind
    ON front.queue = behind.queue AND front.ordering_key = behind.ordering_key AND front.handler IS behind.handler
    WHERE front.state = 'waiting' AND behind.state = 'behind' AND behind.seq < front.seq
  UNION ALL
  SELECT 'one without a key behind' FROM carillon_message WHERE ordering_key IS NULL AND state IN ('behind', 'held')`;

type Step =
  | {
      readonly type: 'defer';
      readonly key: string;
      readonly delay: number;
      readonly by: string | undefined;
    }
  | { readonly type: 'settle'; readonly which: number; readonly outcome: Outcome }
  | { readonly type: 'pass'; readonly time: number }
  | { readonly type: 'cancel' | 'reschedule'; readonly which: number }
  | { readonly type: 'redrive' };

const outcome = fc.constantFrom<Outcome>(
  DONE,
  DONE,
  { type: 'retry', after: 0, failure: FAILURE },
  { type: 'retry', after: 300, failure: FAILURE },
  { type: 'giveUp', reason: 'failed', failure: FAILURE },
  { type: 'goBack', after: 200 },
  { type: 'goBack', after: 200, letsPass: true },
);
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: deferral() },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('settle' as const), which, outcome }),
  },
  fc.record({ type: fc.constant('pass' as const), time: fc.constantFrom(5, 250, 3 * LEASE) }),
  fc.record({ type: fc.constantFrom('cancel' as const, 'reschedule' as const), which }),
  fc.record({ type: fc.constant('redrive' as const) }),
);

function deferral() {
  return fc.record({
    type: fc.constant('defer' as const),
    key: fc.constantFrom('', 'a', 'b'),
    delay: fc.constantFrom(0, 0, 100),
    by: fc.constantFrom('worker', 'other', undefined),
  });
}

describe('ordering keys in a SQLite file', () => {
  it('Q6 Q28 of one key and handler at most one is in front, and nobody behind it waits for nobody', async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom<OnRetry>('block', 'pass'),
      async (steps, onRetry) => {
        const own = new SqliteFile();
        try {
          await runProgram(own, steps, onRetry);
        } finally {
          await own.close();
        }
      },
    );

    await expect(fc.assert(property, { numRuns: 60 })).resolves.toBeUndefined();
  }, 300_000);

  it('Q6 a message that comes due goes before the younger ones of its key that have not begun', async () => {
    const queue = await file.open(clock, { leaseTime: LEASE });
    const worker = new Worker(queue);
    await queue.enqueue([
      message('delayed', { orderingKey: 'a', delay: 100 }),
      message('first', { orderingKey: 'a' }),
      message('second', { orderingKey: 'a' }),
    ]);
    const consumption = await worker.work(10, 'block');
    await pass(10);
    const before = [...worker.begun];
    now += 200;
    for (let round = 0; round < 20; round += 1) {
      worker.settle(0, DONE);
      await pass(10);
    }
    await consumption.stop();

    expect(before).toEqual(['first']);
    expect(worker.begun).toEqual(['first', 'delayed', 'second']);
  });

  it('Q6 so it does where the younger one waits at the front', async () => {
    const queue = await file.open(clock, { leaseTime: LEASE });
    const worker = new Worker(queue);
    await queue.enqueue([
      message('delayed', { orderingKey: 'a', delay: 100 }),
      message('other'),
      message('younger', { orderingKey: 'a' }),
    ]);
    const consumption = await worker.work(1, 'block');
    await pass(0);
    now += 200;
    for (let round = 0; round < 20; round += 1) {
      worker.settle(0, DONE);
      await pass(10);
    }
    await consumption.stop();

    expect(worker.begun).toEqual(['other', 'delayed', 'younger']);
  });

  it('Q6 Q17 what a killed worker had in hand comes again in order and one at a time', async () => {
    const { table, claim } = await workersOfOneFile();
    const inHand = claim('killed');
    now += 2 * LEASE;

    const again = claim('next');
    table.finish(inHand);
    const meanwhile = claim('killed');
    table.finish(again);
    const second = claim('next');

    expect(inHand).toMatchObject(['1', '2', '3', '4'].map((id) => ({ id, attempt: 1 })));
    expect(again).toMatchObject([{ id: '1', attempt: 2 }]);
    expect(meanwhile).toEqual([]);
    // Nobody knows whether it had begun: the attempt counts, and it comes alone.
    expect(second).toMatchObject([{ id: '2', attempt: 2 }]);
    expect(file.connect().prepare(BROKEN).all()).toEqual([]);
  });

  it('Q6 Q7 what a worker has in hand is nobody else’s, and can be cancelled once it has gone back', async () => {
    const { table, claim } = await workersOfOneFile();
    const [one, two, three, four] = claim('one') as [Taken, Taken, Taken, Taken];

    const lost = table.renew([one, two], LEASE);
    table.finish([one]);
    const meanwhile = claim('other');
    const inHand = [table.cancel('4'), table.reschedule('4', 10)];
    table.giveBack([three, four]);
    const given = table.cancel('4');
    table.finish([two]);

    expect({ lost, meanwhile }).toEqual({ lost: [], meanwhile: [] });
    expect({ inHand, given }).toEqual({ inHand: [false, false], given: true });
    expect(table.renew([three], LEASE)).toEqual([three]);
    expect(claim('other')).toMatchObject([{ id: '3', attempt: 1 }]);
    expect(file.connect().prepare(BROKEN).all()).toEqual([]);
  });

  it('Q6 Q25 a key stays with its worker as long as one in hand has its lease', async () => {
    const { table, claim } = await workersOfOneFile();
    const [, two] = claim('one') as [Taken, Taken];
    now += LEASE / 2;
    table.renew([two], LEASE);
    now += (3 * LEASE) / 4;
    const meanwhile = claim('other');
    now += LEASE;

    expect(meanwhile).toEqual([]);
    expect(claim('other')).toMatchObject([{ id: '1', attempt: 2 }]);
    expect(file.connect().prepare(BROKEN).all()).toEqual([]);
  });

  it('Q3 Q6 a retry holds its key, and what was behind it has lost no attempt', async () => {
    const { table, claim } = await workersOfOneFile();
    const [one, ...rest] = claim('one') as [Taken, ...Taken[]];

    table.giveBack(rest);
    table.settle(one, { type: 'retry', after: 100, failure: FAILURE }, 'block');
    const held = claim('other');
    now += 100;
    const again = claim('other');
    table.finish(again);

    expect(held).toEqual([]);
    expect(again).toMatchObject([{ id: '1', attempt: 2 }]);
    expect(claim('other')).toMatchObject(['2', '3', '4'].map((id) => ({ id, attempt: 1 })));
    expect(file.connect().prepare(BROKEN).all()).toEqual([]);
  });

  it.each(['the lost one first', 'the lost one last'])(
    'Q6 Q25 one that its worker had lost and has got again is done once: %s',
    async (order) => {
      await file.open(clock);
      const table = new MessageTable(new Statements(file.connect()), 'jobs');
      table.enqueue(['1', '2', '3', '4'].map((id) => message(id, { orderingKey: 'a' })));
      const worker = { owner: 'one', lease: LEASE, poll: 5, rateLimit: undefined };
      const lost = table.claim({ count: 1 }, worker).messages;
      now += 2 * LEASE;
      const again = table.claim({ count: 1 }, worker).messages;

      table.finish(order === 'the lost one first' ? [...lost, ...again] : [...again, ...lost]);

      expect(table.claim({ count: 5 }, worker).messages).toMatchObject([{ id: '2' }]);
      expect(file.connect().prepare(BROKEN).all()).toEqual([]);
    },
  );

  it('Q28 a claim finds what it can take behind 10,000 messages of one key', async () => {
    const queue = await file.open(clock);
    const worker = new Worker(queue);
    await queue.enqueue(
      Array.from({ length: 10_000 }, (_, n) => message(`a${n}`, { orderingKey: 'a' })),
    );
    await queue.enqueue(Array.from({ length: 5 }, (_, n) => message(`other${n}`)));

    const consumption = await worker.work(20, 'block');
    await pass(0);
    const begun = [...worker.begun];
    worker.settleAll();
    await consumption.stop();

    expect(begun).toEqual(['a0', 'other0', 'other1', 'other2', 'other3', 'other4']);
    expect(await queue.counts()).toMatchObject({ waiting: 9999 });
  });

  it('Q28 no statement reads a whole table', async () => {
    const statements = new Set<string>();
    const prepare = Database.prototype.prepare;
    jest.spyOn(Database.prototype, 'prepare').mockImplementation(function (
      this: Database.Database,
      sql: string,
    ) {
      statements.add(sql);
      return prepare.call(this, sql);
    } as typeof prepare);
    const queue = await everything();
    jest.mocked(Database.prototype.prepare).mockRestore();

    const connection = file.connect();
    const plans = [...statements]
      .filter((sql) => /^\s*(?:SELECT|INSERT|UPDATE|DELETE)/.test(sql))
      .map((sql) => {
        const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
        return { sql, plan: plan.map(({ detail }) => detail) };
      });
    const scans = plans.filter(({ plan }) => plan.some((detail) => /\bSCAN carillon/.test(detail)));

    expect(plans.length).toBeGreaterThan(20);
    expect(scans).toEqual([]);
    expect(await queue.counts()).toMatchObject({ active: 0 });
  });
});

type Taken = SqliteMessage;

/** Four messages of one key, and workers that take five of it. */
async function workersOfOneFile() {
  await file.open(clock);
  const table = new MessageTable(new Statements(file.connect()), 'jobs');
  table.enqueue(['1', '2', '3', '4'].map((id) => message(id, { orderingKey: 'a' })));
  const claim = (owner: string): readonly Taken[] => {
    const claimant = { owner, lease: LEASE, poll: 5, rateLimit: undefined };
    const { messages, behind } = table.claim({ count: 1, behind: 4 }, claimant);
    return messages.flatMap((first) => [first, ...(behind?.get(first) ?? [])]);
  };
  return { table, claim };
}

async function runProgram(own: SqliteFile, steps: readonly Step[], onRetry: OnRetry) {
  const queue = await own.open(clock, { leaseTime: LEASE, poll: LEASE });
  const checks = own.connect();
  const worker = new Worker(queue);
  const consumption = await worker.work(3, onRetry);
  const ids: string[] = [];
  const broken = checks.prepare(BROKEN);
  const check = () => expect(broken.all()).toEqual([]);
  for (const next of steps) {
    await takeStep(next, { queue, worker, ids });
    await pass(6);
    check();
  }
  // Whatever has happened, it comes to an end.
  for (let round = 0; round < 300; round += 1) {
    const { waiting, delayed, active } = await queue.counts();
    if (waiting + delayed + active === 0) break;
    worker.settle(0, DONE);
    await pass(round % 10 === 0 ? 3 * LEASE : 6);
    check();
  }
  // Some have been given out twice.
  worker.settleAll();
  await consumption.stop();
  expect(await queue.counts()).toMatchObject({ waiting: 0, delayed: 0, active: 0 });
}

interface Stage {
  readonly queue: ProviderQueue;
  readonly worker: Worker;
  readonly ids: string[];
}

async function takeStep(next: Step, { queue, worker, ids }: Stage): Promise<void> {
  switch (next.type) {
    case 'defer': {
      const id = `${ids.length} ${next.key}`;
      ids.push(id);
      const orderingKey = next.key === '' ? undefined : next.key;
      const { delay, by: handler } = next;
      await queue.enqueue([message(id, { orderingKey, delay, handler })]);
      return;
    }
    case 'settle':
      worker.settle(next.which, next.outcome);
      return;
    case 'pass':
      await pass(next.time);
      return;
    case 'cancel':
      await queue.cancel?.(ids[next.which % ids.length] ?? '');
      return;
    case 'reschedule':
      await queue.reschedule?.(ids[next.which % ids.length] ?? '', 150);
      return;
    case 'redrive':
      await queue.deadLetters?.retry({});
  }
}

/** Uses everything that a queue can do. */
async function everything(): Promise<ProviderQueue> {
  const queue = await file.open(clock, { leaseTime: LEASE, keepDone: 10 });
  const outcomes: Outcome[] = [
    { type: 'retry', after: 0, failure: FAILURE },
    { type: 'goBack', after: 0 },
    { type: 'goBack', after: 0, letsPass: true },
    { type: 'giveUp', reason: 'failed', failure: FAILURE },
  ];
  const ids = Array.from({ length: 12 }, (_, n) => `${n}`);
  await queue.enqueue(
    ids.map((id, n) =>
      message(id, {
        orderingKey: n % 2 === 0 ? undefined : `${n % 3}`,
        delay: n % 4 === 0 ? 10 : 0,
        dedup: { key: id, window: 5 },
      }),
    ),
  );
  for (const rateLimit of [{ max: 100, per: 10 }, undefined]) {
    const consumption = await queue.consume(
      { concurrency: rateLimit === undefined ? 5 : 1, onRetry: 'block', rateLimit },
      async (delivery) => {
        delivery.progress(0.5);
        delivery.log('half');
        return outcomes.shift() ?? DONE;
      },
    );
    await pass(20_000);
    await consumption.stop();
  }
  await queue.inbox?.add('key', 10);
  await queue.inbox?.has('key');
  await queue.enqueue([message('later', { delay: 10_000 }), message('never', { delay: 10_000 })]);
  await queue.reschedule?.('later', 20_000);
  await queue.cancel?.('never');
  await queue.status?.('later');
  const filter = {
    ids,
    event: 'job',
    handler: 'worker',
    reason: 'failed',
    error: 'ink',
    since: new Date(0),
    before: new Date(now * 2),
    limit: 10,
  } as const;
  await queue.deadLetters?.list(filter);
  await queue.deadLetters?.count({});
  const [dead] = (await queue.deadLetters?.list({})) ?? [];
  await queue.deadLetters?.edit(dead?.id ?? '', '{}');
  await queue.deadLetters?.retry(filter);
  await queue.deadLetters?.drop({});
  await queue.counts();
  await queue.ping();
  return queue;
}
