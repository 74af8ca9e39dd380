/** Promises about queues, on the engines that need nothing but this machine. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, EventQueue, type MessageStatus, type QueueOptions } from 'carillon';
import { type OutgoingMessage } from 'carillon/engine';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import { sqliteQueue } from 'carillon/sqlite';
import type { Container } from 'inversify';
import Database from 'libsql';
import { build, rootContainer } from '../support/container.js';
import { type Gate, gate } from '../support/gate.js';
import {
  applicationOn,
  handle,
  JOBS,
  Job,
  memoryEngine,
  type QueueApplication,
  type QueueEngine,
  sqliteEngine,
  until,
} from '../support/queue-engines.js';

const HOUR = 3_600_000;

const engines: QueueEngine[] = [];
const containers: Container[] = [];

function opened(open: () => QueueEngine): QueueEngine {
  const engine = open();
  engines.push(engine);
  return engine;
}

function application(engine: QueueEngine, options?: QueueOptions): QueueApplication {
  const created = applicationOn(engine, options);
  containers.push(created.container);
  return created;
}

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, { drain: 0, abort: 0 });
  for (const engine of engines.splice(0)) engine.close();
});

describe.each([
  ['memory', memoryEngine],
  ['SQLite', sqliteEngine],
])('queues on %s', (_, open) => {
  it('Q3 a failed message waits for its backoff, is tried so many times in all, and is then a dead letter with its error', async () => {
    const { container, queue, errors } = application(opened(open));
    const heard: number[] = [];
    handle(
      container,
      (payload) => {
        heard.push(payload);
        throw new TypeError(`no ink at attempt ${heard.length}`);
      },
      { attempts: 3, backoff: HOUR },
    );
    await start(container);
    const { id } = await queue.defer(Job, 7);
    const states: (MessageStatus | undefined)[] = [];

    for (const attempt of [1, 2]) {
      await until(async () => {
        states[attempt - 1] = await queue.status(id);
        return states[attempt - 1]?.attempt === attempt && states[attempt - 1]?.state === 'delayed';
      });
      expect(heard).toHaveLength(attempt);
      await queue.reschedule(id, 0);
    }
    await until(async () => (await queue.deadLetters(JOBS).count()) === 1);
    const [letter] = await queue.deadLetters(JOBS).list();

    expect(states).toMatchObject([
      { failure: { message: 'no ink at attempt 1' } },
      { failure: { message: 'no ink at attempt 2' } },
    ]);
    expect(heard).toEqual([7, 7, 7]);
    expect(letter).toMatchObject({
      id,
      event: 'job',
      handler: 'job/work',
      reason: 'failed',
      attempt: 3,
      failure: { name: 'TypeError', message: 'no ink at attempt 3' },
    });
    expect(errors.map(({ code }) => code)).toEqual(['CAR4001', 'CAR4001', 'CAR4001', 'CAR5007']);
  });

  it('Q3 dead letters are listed, looked into, sent again with no attempt counted, and dropped', async () => {
    const { container, queue } = application(opened(open));
    const done: [number, number | undefined][] = [];
    let isBroken = true;
    handle(
      container,
      (payload, { message }) => {
        if (isBroken) throw new Error(`no ink for ${payload}`);
        done.push([payload, message?.attempt]);
      },
      { attempts: 1 },
    );
    await start(container);
    await queue.deferAll([
      [Job, 1],
      [Job, 2],
      [Job, 3],
    ]);
    const letters = queue.deadLetters(JOBS);
    await until(async () => (await letters.count()) === 3);
    isBroken = false;

    const listed = (await letters.list()).map(({ failure }) => failure.message);
    const [second] = await letters.list({ error: 'no ink for 2' });
    const { payload } = await letters.inspect(second?.id as string);
    const sent = await letters.retry(second?.id as string);
    await until(() => done.length === 1);
    const dropped = await letters.drop({ error: 'no ink for 1' });

    expect(listed).toEqual(['no ink for 1', 'no ink for 2', 'no ink for 3']);
    expect({ payload, sent, dropped }).toEqual({ payload: 2, sent: 1, dropped: 1 });
    expect(done).toEqual([[2, 1]]);
    expect((await letters.list()).map(({ failure }) => failure.message)).toEqual(['no ink for 3']);
  });

  it('Q5 a message is accepted once while its deduplication id is remembered, also after it was done', async () => {
    const { container, queue } = application(opened(open));
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload));
    await start(container);

    const first = await queue.defer(Job, 1, { dedup: 'order 1' });
    const second = await queue.defer(Job, 2, { dedup: 'order 1' });
    await until(() => heard.length === 1);
    const third = await queue.defer(Job, 3, { dedup: 'order 1' });
    const other = await queue.defer(Job, 4, { dedup: 'order 4' });
    await until(() => heard.includes(4));

    expect([first, second, third, other].map(({ messages }) => messages[0]?.result)).toEqual([
      'accepted',
      'duplicate',
      'duplicate',
      'accepted',
    ]);
    expect(heard).toEqual([1, 4]);
  });

  it('Q5 a message that was done is not run again by an idempotent handler when it comes once more', async () => {
    const { container, queue } = application(opened(open));
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload), { idempotent: true });
    await start(container);

    const receipts = [await queue.defer(Job, 1, { id: 'order 1' })];
    await until(() => heard.length === 1);
    receipts.push(await queue.defer(Job, 2, { id: 'order 1' }));
    await queue.defer(Job, 3, { id: 'order 3' });
    await until(() => heard.includes(3));

    expect(heard).toEqual([1, 3]);
    expect(receipts.map(({ messages }) => messages[0]?.result)).toEqual(['accepted', 'accepted']);
    expect(await queue.status(receipts[1]?.id as string)).toMatchObject({ state: 'done' });
  });

  it('Q6 messages of one key run one after another, in order, and messages of other keys do not wait', async () => {
    const { container, queue } = application(opened(open), { concurrency: 4 });
    const begun: number[] = [];
    const gates = new Map<number, Gate>([
      [11, gate()],
      [12, gate()],
    ]);
    handle(container, (payload) => {
      begun.push(payload);
      return gates.get(payload)?.promise;
    });
    await start(container);

    await queue.deferAll([
      [Job, 11, { orderingKey: 'one' }],
      [Job, 12, { orderingKey: 'one' }],
      [Job, 13, { orderingKey: 'one' }],
      [Job, 21, { orderingKey: 'two' }],
      [Job, 22, { orderingKey: 'two' }],
    ]);
    await until(() => begun.includes(22));
    const first = begun.filter((job) => job < 20);
    gates.get(11)?.open();
    await until(() => begun.includes(12));
    // There is room for it, and it comes after what was asked for later.
    await queue.defer(Job, 30);
    await until(() => begun.includes(30));
    const second = begun.filter((job) => job < 20);
    gates.get(12)?.open();
    await until(() => begun.includes(13));

    expect({ first, second }).toEqual({ first: [11], second: [11, 12] });
    expect(begun.filter((job) => job < 20)).toEqual([11, 12, 13]);
  });

  it('Q15 Q18 what is stored names its handler by the id that it was given, or by event and method', async () => {
    const { container, queue } = application(opened(open));
    handle(container, () => undefined);
    handle(openScope(container), () => undefined, { id: 'mailer' });

    const { messages } = await queue.defer(Job, 1);

    expect(messages.map(({ handler }) => handler)).toEqual(['job/work', 'mailer']);
  });

  it('Q16 a handler that ends because the time of its scope was over is not a failed attempt: its message goes back', async () => {
    const { container, queue, errors } = application(opened(open), { attempts: 1 });
    const attempts: (number | undefined)[] = [];
    const short = openScope(container);
    const clerk = handle(short, (_, { message }) => {
      attempts.push(message?.attempt);
      return attempts.length === 1 ? new Promise(() => undefined) : undefined;
    });
    await start(container);
    const { id } = await queue.defer(Job, 1);
    await until(() => attempts.length === 1);

    const { abandoned } = await scopeOf(short).disposeAsync({ drain: 0, abort: 0 });
    let between: MessageStatus | undefined;
    await until(async () => {
      between = await queue.status(id);
      return between?.state !== 'active';
    });
    build(openScope(container), clerk);
    await queue.reschedule(id, 0);
    await until(async () => (await queue.status(id))?.state === 'done');

    expect(abandoned).toHaveLength(1);
    expect(between).toMatchObject({ attempt: 0 });
    expect(attempts).toEqual([1, 1]);
    expect({ count: await queue.deadLetters(JOBS).count(), errors }).toEqual({
      count: 0,
      errors: [],
    });
  });

  it('Q17 an attempt is counted, and stored, before the handler runs', async () => {
    const { container, queue } = application(opened(open), { attempts: 2, backoff: 0 });
    const seen: unknown[] = [];
    const deferred = gate<string>();
    handle(container, async () => {
      seen.push(await queue.status(await deferred.promise));
      if (seen.length === 1) throw new Error('again');
    });
    await start(container);

    deferred.open((await queue.defer(Job, 1)).id);
    await until(() => seen.length === 2);

    expect(seen).toMatchObject([
      { state: 'active', attempt: 1 },
      { state: 'active', attempt: 2 },
    ]);
  });
});

describe('queues in memory', () => {
  it('Q3 a failed message is tried again once its backoff is over, and no sooner', async () => {
    const { container, clock } = rootContainer({
      queues: { [JOBS]: { attempts: 3, backoff: { delay: 100, factor: 3, jitter: 0 } } },
    });
    containers.push(container);
    const times: number[] = [];
    handle(container, () => {
      times.push(clock.now());
      throw new Error('no ink');
    });
    await start(container);
    await container.get(EventQueue).defer(Job, 1);

    await clock.advance(10_000);

    expect(times).toEqual([0, 100, 400]);
  });
});

describe('queues on SQLite', () => {
  it('Q4 what cannot be read is a dead letter at once, with the reason, is never tried again, and stops nothing', async () => {
    const engine = opened(sqliteEngine);
    const { container, queue, errors } = application(engine, { attempts: 5, backoff: 0 });
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload));
    await enqueueRaw(engine, {
      id: 'torn',
      handler: 'job/work',
      event: 'job',
      body: '{ no envelope',
    });

    await start(container);
    await queue.defer(Job, 1);
    await until(async () => heard.length === 1 && (await queue.deadLetters(JOBS).count()) === 1);
    const [letter] = await queue.deadLetters(JOBS).list();

    expect(letter).toMatchObject({ id: 'torn', reason: 'unreadable', attempt: 1 });
    expect(letter?.failure.message).not.toBe('');
    expect(heard).toEqual([1]);
    expect(errors).toHaveLength(1);
  });

  it('Q6 messages of one key run one after another across applications', async () => {
    const engine = opened(sqliteEngine);
    const begun: string[] = [];
    const hold = gate();
    const [one, other] = ['one', 'other'].map((name) => {
      const created = application(engine);
      handle(created.container, (payload) => {
        begun.push(`${payload} by ${name}`);
        return payload === 11 ? hold.promise : undefined;
      });
      return created;
    }) as [QueueApplication, QueueApplication];
    await start(one.container);
    await one.queue.defer(Job, 11, { orderingKey: 'one' });
    await until(() => begun.length === 1);
    await start(other.container);

    await other.queue.deferAll([
      [Job, 12, { orderingKey: 'one' }],
      [Job, 21, { orderingKey: 'two' }],
    ]);
    await until(() => begun.includes('21 by other'));
    const before = [...begun];
    hold.open();
    await until(() => begun.length === 3);

    expect(before).toEqual(['11 by one', '21 by other']);
    expect(begun[2]).toMatch(/^12 by /);
  });

  it('Q9 an engine that was away is worked with again: what was accepted is done, what was not is told to its caller', async () => {
    const engine = opened(sqliteEngine);
    const { container, queue, errors } = application(engine);
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload));
    await start(container);
    queue.pause(JOBS);
    await queue.defer(Job, 1);
    const lock = new Database(engine.file as string);
    lock.exec('BEGIN EXCLUSIVE');

    queue.resume(JOBS);
    const refusal = await queue.defer(Job, 2).catch((error: unknown) => error);
    await until(() => errors.length > 0);
    const during = [...heard];
    lock.exec('ROLLBACK');
    lock.close();
    await queue.defer(Job, 3);
    await until(() => heard.includes(3));

    expect(refusal).toBeInstanceOf(Error);
    expect(during).toEqual([]);
    expect(heard).toEqual([1, 3]);
    expect([...new Set(errors.map(({ code }) => code))]).toEqual(['CAR5018']);
  });

  it('Q15 a handler that is called something else now does what was stored under its former names', async () => {
    const engine = opened(sqliteEngine);
    const before = application(engine);
    handle(before.container, () => undefined);
    await before.queue.defer(Job, 7);
    await stop(before.container);
    const { container, errors } = application(engine);
    const heard: number[] = [];
    class Mailer {
      @Deferred(Job, { queue: JOBS, id: 'mailer', previousIds: ['Postman.work', 'job/work'] })
      send(payload: number) {
        heard.push(payload);
      }
    }
    container.bind(Mailer).toSelf().inSingletonScope();

    await start(container);
    await until(() => heard.length === 1);

    expect({ heard, errors }).toEqual({ heard: [7], errors: [] });
  });

  it('Q15 a message for an id that nobody knows is a loud dead letter, and no success', async () => {
    const engine = opened(sqliteEngine);
    const before = application(engine);
    handle(before.container, () => undefined, { id: 'old' });
    await before.queue.defer(Job, 7);
    await stop(before.container);
    const { container, queue, errors } = application(engine, { unknownHandler: 0 });
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload), { id: 'new' });

    await start(container);
    await until(async () => (await queue.deadLetters(JOBS).count()) === 1);
    const [letter] = await queue.deadLetters(JOBS).list();

    expect(letter).toMatchObject({
      handler: 'old',
      reason: 'unknown handler',
      failure: { code: 'CAR5009' },
    });
    expect(errors.map(({ code }) => code)).toEqual(['CAR5009']);
    expect(heard).toEqual([]);
  });

  it('Q17 a message that kills its worker each time comes to an end, without another run', async () => {
    const engine = opened(sqliteEngine);
    const { container, queue, errors } = application(engine, { attempts: 2 });
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload));
    const { id } = await queue.defer(Job, 7);
    const attempts: number[] = [];
    const ends: (() => Promise<void>)[] = [];
    for (const worker of [1, 2]) ends.push(await dieAt(engine, attempts, worker));

    await start(container);
    await until(async () => (await queue.deadLetters(JOBS).count()) === 1);
    const [letter] = await queue.deadLetters(JOBS).list();
    for (const end of ends) await end();

    expect(attempts).toEqual([1, 2]);
    expect(letter).toMatchObject({ id, reason: 'killed its worker' });
    expect([heard, errors.map(({ code }) => code)]).toEqual([[], ['CAR5011']]);
  });
});

/** Puts a message into the queue as it is, past the codec. */
async function enqueueRaw(engine: QueueEngine, message: OutgoingMessage): Promise<void> {
  const store = await openStore(engine, LIVING);
  await store.enqueue([message]);
  await store.close();
}

const LEASE = 60;

const LIVING = {
  now: () => performance.now(),
  schedule: (callback: () => void, delay: number): unknown => setTimeout(callback, delay),
  cancel: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
};

/** Of a process that was killed: it says of nothing any more that it is in work. */
const DEAD = {
  ...LIVING,
  schedule: (callback: () => void, delay: number) =>
    delay === LEASE / 3 ? undefined : setTimeout(callback, delay),
};

function openStore({ file }: QueueEngine, clock: typeof LIVING) {
  return sqliteQueue({ file: file as string, poll: 5, leaseTime: LEASE }).open(JOBS, {
    clock,
    report: () => undefined,
  });
}

/** A worker that begins a message, and of which nothing is heard after that; gives what lets go of it. */
async function dieAt(
  engine: QueueEngine,
  attempts: number[],
  worker: number,
): Promise<() => Promise<void>> {
  const store = await openStore(engine, DEAD);
  const release = gate();
  const consumption = await store.consume(
    { concurrency: 1, onRetry: 'block' },
    async ({ attempt }) => {
      attempts.push(attempt);
      await release.promise;
      return { type: 'done' };
    },
  );
  await until(() => attempts.length === worker);
  return async () => {
    release.open();
    await consumption.stop();
    await store.close();
  };
}
