/** Contract: messages on an engine for a queue that this process does not serve. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventQueue, type QueueOptions } from 'carillon';
import {
  type Outcome,
  type ProviderQueue,
  type QueueDelivery,
  queueCapabilities,
  remoteQueue,
  type Work,
} from 'carillon/engine';
import { start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { STORED } from '../support/engine-by-hand.js';
import { handle, JOBS, Job } from '../support/queue-engines.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const containers: Container[] = [];

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, { drain: 0, abort: 0 });
});

/** An engine whose facts the test sets, and which gives each worker the same message once. */
function engineOf(facts: { isServed?: boolean; waiting: number; active?: number; sent?: Date }) {
  const outcomes: Outcome[] = [];
  let workers = 0;
  const consume = async (_options: unknown, work: Work) => {
    workers += 1;
    const body = JSON.stringify({ ...JSON.parse(STORED.body), time: facts.sent?.toISOString() });
    outcomes.push(await work({ ...STORED, body, attempt: 1 } as QueueDelivery));
    return {
      pause() {},
      resume() {},
      stop: async () => {
        workers -= 1;
      },
    };
  };
  const queue = {
    enqueue: async () => [],
    counts: async () => ({ delayed: 0, active: 0, dead: 0, ...facts }),
    consume,
    close: async () => undefined,
    ...(facts.isServed === undefined ? {} : { isServed: async () => facts.isServed as boolean }),
  };
  const provider = remoteQueue({
    name: 'test',
    capabilities: queueCapabilities({ durable: true, crossProcess: true }),
    open: async () => queue as unknown as ProviderQueue,
  });
  return { provider, outcomes, facts, workers: () => workers };
}

async function sending(options: QueueOptions) {
  const fixture = rootContainer({ queues: { [JOBS]: options } });
  containers.push(fixture.container);
  await start(fixture.container);
  await fixture.container.get(EventQueue).defer(Job, 1, { queue: JOBS });
  return { ...fixture, codes: () => fixture.errors.map(({ code }) => code) };
}

describe('a message for a queue that this process does not serve', () => {
  it('Q19 is told once where no process serves it, and given up when its time is over', async () => {
    const { provider, outcomes, workers } = engineOf({
      isServed: false,
      waiting: 1,
      sent: new Date(Date.now() - 8 * DAY),
    });
    const { clock, codes, errors } = await sending({ provider });
    await clock.advance(HOUR);
    const before = [...codes()];
    await clock.advance(2 * MINUTE);

    expect(before).toEqual(['CAR5024']);
    expect(errors[0]?.message).toBe(
      'CAR5024: Queue "jobs" on test has 1 message(s), and no process serves it: each is a dead letter once it has waited for 604800000 ms. Start a program with its handlers, or correct the name of the queue.',
    );
    expect(outcomes).toMatchObject([
      { type: 'giveUp', reason: 'unknown handler', failure: { code: 'CAR5024' } },
    ]);
    expect(workers()).toBe(0);
  });

  it('Q19 goes back where it has not waited long enough', async () => {
    const { provider, outcomes } = engineOf({ isServed: false, waiting: 5, sent: new Date() });
    const { clock } = await sending({ provider });
    await clock.advance(HOUR + 2 * MINUTE);

    expect(outcomes).toEqual([{ type: 'goBack', after: 0 }]);
  });

  it('Q19 is nobody’s concern where another process serves it', async () => {
    const { provider, outcomes } = engineOf({ isServed: true, waiting: 1000 });
    const { clock, codes } = await sending({ provider });
    await clock.advance(10 * HOUR);

    expect({ codes: codes(), outcomes }).toEqual({ codes: [], outcomes: [] });
  });

  it('Q19 is left alone from the moment on when a worker comes', async () => {
    const { provider, outcomes, facts } = engineOf({ isServed: false, waiting: 1 });
    const { clock } = await sending({ provider });
    await clock.advance(59 * MINUTE);
    facts.isServed = true;
    await clock.advance(2 * MINUTE);
    facts.isServed = false;
    await clock.advance(59 * MINUTE);

    expect(outcomes).toEqual([]);
  });

  it('Q19 is told where the engine does not know its workers and nothing is begun, and never given up', async () => {
    const { provider, outcomes } = engineOf({ waiting: 3 });
    const { clock, codes } = await sending({ provider, unserved: MINUTE });
    await clock.advance(MINUTE);
    const before = [...codes()];
    await clock.advance(10 * HOUR);

    expect({ before, codes: codes(), outcomes }).toEqual({
      before: [],
      codes: ['CAR5024'],
      outcomes: [],
    });
  });

  it('Q19 is not told where the engine does not know its workers, but something is in progress', async () => {
    const { provider } = engineOf({ waiting: 3, active: 1 });
    const { clock, codes } = await sending({ provider });
    await clock.advance(10 * HOUR);

    expect(codes()).toEqual([]);
  });

  it('Q19 waits for ever where that is asked for', async () => {
    const { provider, outcomes } = engineOf({
      isServed: false,
      waiting: 1,
      sent: new Date(0),
    });
    const { clock, codes } = await sending({ provider, unserved: Number.POSITIVE_INFINITY });
    await clock.advance(10 * HOUR);

    expect({ codes: codes(), outcomes }).toEqual({ codes: ['CAR5024'], outcomes: [] });
  });

  it('Q19 is its worker’s from the moment on when this process serves the queue', async () => {
    const { provider, outcomes, workers } = engineOf({ isServed: false, waiting: 1 });
    const { clock, container, codes } = await sending({ provider });
    handle(container, () => undefined, { id: 'clerk' });
    await clock.advance(10 * HOUR);

    expect({ codes: codes(), outcomes, workers: workers() }).toEqual({
      codes: [],
      outcomes: [{ type: 'done' }],
      workers: 1,
    });
  });

  it('L17 leaves no timer after the end', async () => {
    const { provider } = engineOf({ isServed: false, waiting: 1 });
    const { clock, container } = await sending({ provider });
    await stop(container);

    expect(clock.pending).toBe(0);
  });

  it('Q19 a queue in memory refuses unserved by name', () => {
    expect(() => rootContainer({ queues: { [JOBS]: { unserved: 1 } } })).toThrow(
      expect.objectContaining({ code: 'CAR7011' }),
    );
  });
});
