/** The end of scopes and applications whose queue outlives them: every message that was accepted is done, or goes back. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueueOptions } from 'carillon';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { build } from '../support/container.js';
import { type Gate, gate } from '../support/gate.js';
import {
  applicationOn,
  handle,
  JOBS,
  Job,
  type QueueEngine,
  sqliteEngine,
  until,
} from '../support/queue-engines.js';

const HOUR = 3_600_000;

const NOW = { drain: 0, abort: 0 };

let engine: QueueEngine;
const containers: Container[] = [];

beforeEach(() => {
  engine = sqliteEngine();
});

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, NOW);
  engine.close();
});

/** An application whose one handler keeps what it is given, with the attempt, and waits for the gate of that job where there is one. */
function office(options: QueueOptions = {}) {
  const application = applicationOn(engine, { attempts: 1, ...options });
  containers.push(application.container);
  const begun: [job: number, attempt: number | undefined][] = [];
  const done: number[] = [];
  const gates = new Map<number, Gate>();
  const work = async (job: number, attempt: number | undefined) => {
    begun.push([job, attempt]);
    await gates.get(job)?.promise;
    done.push(job);
  };
  const employ = (container: Container) =>
    handle(container, (job, { message }) => work(job, message?.attempt), { id: 'clerk' });
  return { ...application, begun, done, gates, employ };
}

describe('an end on a durable queue', () => {
  it('L12 Q16 of the application loses no message that waits, runs or is delayed, and counts no attempt', async () => {
    const first = office({ concurrency: 2 });
    first.employ(first.container);
    first.gates.set(1, gate()).set(2, gate());
    await start(first.container);
    await first.queue.deferAll([1, 2, 3, 4].map((job) => [Job, job]));
    const { id: delayed } = await first.queue.defer(Job, 5, { delay: HOUR });
    await until(() => first.begun.length === 2);

    const { abandoned } = await stop(first.container, NOW);
    const second = office();
    second.employ(second.container);
    // An end without time waits for nothing: the messages go back behind it.
    await until(async () => (await second.queue.counts(JOBS)).active === 0);
    const between = await second.queue.counts(JOBS);
    await second.queue.reschedule(delayed, 0);
    await start(second.container);
    await until(() => second.done.length === 5);
    await until(async () => (await second.queue.counts(JOBS)).active === 0);

    expect(abandoned).toHaveLength(2);
    expect(between).toEqual({ waiting: 4, delayed: 1, active: 0, dead: 0 });
    expect([...second.begun].sort()).toEqual([1, 2, 3, 4, 5].map((job) => [job, 1]));
    expect(await second.queue.counts(JOBS)).toEqual({ waiting: 0, delayed: 0, active: 0, dead: 0 });
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('L12 of the application lets what runs be done in its time, and then it is not done again', async () => {
    const first = office();
    first.employ(first.container);
    const running = gate();
    first.gates.set(1, running);
    await start(first.container);
    await first.queue.deferAll([1, 2].map((job) => [Job, job]));
    await until(() => first.begun.length === 1);

    const stopping = stop(first.container);
    running.open();
    const { abandoned } = await stopping;
    const second = office();
    second.employ(second.container);
    await start(second.container);
    await until(() => second.done.length === 1);

    expect({ abandoned, firstDone: first.done, secondDone: second.done }).toEqual({
      abandoned: [],
      firstDone: [1],
      secondDone: [2],
    });
    expect(await second.queue.counts(JOBS)).toMatchObject({ waiting: 0, delayed: 0, dead: 0 });
  });

  it('L12 Q16 of one scope gives its messages to the next scope, those that wait, run or are delayed', async () => {
    const { container, queue, errors, begun, done, gates, employ } = office();
    const short = openScope(container);
    const clerk = employ(short);
    gates.set(1, gate());
    await start(container);
    const receipts = await queue.deferAll([
      [Job, 1],
      [Job, 2],
      [Job, 3, { delay: HOUR }],
    ]);
    await until(() => begun.length === 1);

    await scopeOf(short).disposeAsync(NOW);
    gates.clear();
    build(openScope(container), clerk);
    for (const { id } of receipts) await queue.reschedule(id, 0);
    await until(() => done.length === 3);

    expect(begun[0]).toEqual([1, 1]);
    expect(begun.slice(1).sort()).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect({ count: await queue.deadLetters(JOBS).count(), errors }).toEqual({
      count: 0,
      errors: [],
    });
  });

  it('L12 L13 of the application in the middle of many defers: each is refused, or its message is done', async () => {
    const first = office();
    first.employ(first.container);
    await start(first.container);
    const jobs = Array.from({ length: 60 }, (_, job) => job);

    const deferring: Promise<number | string | undefined>[] = [];
    let stopping: Promise<unknown> | undefined;
    for (const job of jobs) {
      if (job === 40) stopping = stop(first.container);
      const deferred = first.queue.defer(Job, job).then(
        () => job,
        (error: { code?: string }) => error.code,
      );
      deferring.push(deferred);
      // Some in one turn, and then the queue has one.
      if (job % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await stopping;
    const outcomes = await Promise.all(deferring);
    const accepted = outcomes.filter((outcome) => typeof outcome === 'number');
    const second = office();
    second.employ(second.container);
    await start(second.container);
    await until(() => first.done.length + second.done.length >= accepted.length);

    expect([...first.done, ...second.done].sort((a, b) => a - b)).toEqual(accepted);
    expect(accepted.length).toBeLessThan(jobs.length);
    expect(new Set(outcomes.filter((outcome) => typeof outcome !== 'number'))).toEqual(
      new Set(['CAR3001']),
    );
  });

  it('L12 of several applications, one after another in the middle of their work, loses nothing and does nothing twice', async () => {
    const jobs = Array.from({ length: 36 }, (_, job) => job);
    // Each application comes as far as the third of them that it has not seen.
    const held = jobs.filter((job) => job % 4 === 3);
    const seen: number[] = [];
    let rounds = 0;
    const publisher = office();
    await publisher.queue.deferAll(jobs.map((job) => [Job, job, { queue: JOBS }]));

    while (seen.length < jobs.length) {
      const { container, employ, begun, done, gates } = office({ concurrency: 3 });
      const hold = gate();
      for (const job of held) gates.set(job, hold);
      employ(container);
      await start(container);
      await until(() => begun.filter(([job]) => gates.has(job)).length === 3);
      const stopping = stop(container);
      hold.open();
      await stopping;
      seen.push(...done);
      rounds += 1;
    }

    expect([...seen].sort((a, b) => a - b)).toEqual(jobs);
    expect(rounds).toBe(3);
  });
});
