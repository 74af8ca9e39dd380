/** Contract: messages whose handler is not there, or not any more. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, defineEvent, EventQueue, type QueueOptions } from 'carillon';
import { openScope, start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { engineByHand, STORED } from '../support/engine-by-hand.js';
import { handle, JOBS, Job } from '../support/queue-engines.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const Other = defineEvent<number>('other');

const containers: Container[] = [];

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, { drain: 0, abort: 0 });
});

function application(options: QueueOptions = {}) {
  const fixture = rootContainer({ queues: { [JOBS]: options } });
  containers.push(fixture.container);
  return { ...fixture, queue: fixture.container.get(EventQueue) };
}

/** The handler of a scope that has ended. */
async function handledOnce(container: Container): Promise<void> {
  const scope = openScope(container);
  handle(scope, () => undefined, { id: 'gone' });
  await scope[Symbol.asyncDispose]();
}

describe('a message in memory whose handler has no instance', () => {
  it('Q19 is reported, and a dead letter once its time is over', async () => {
    const { container, queue, errors, clock } = application();
    await handledOnce(container);
    await start(container);
    await queue.defer(Job, 1);

    await clock.advance(HOUR - 1);
    const before = await queue.deadLetters(JOBS).count();
    await clock.advance(10);

    expect(before).toBe(0);
    expect(await queue.deadLetters(JOBS).list()).toMatchObject([
      { reason: 'absent handler', failure: { code: 'CAR5021' }, attempt: 0 },
    ]);
    expect(errors.map(({ code }) => code)).toEqual(['CAR5021']);
  });

  it('Q19 does not begin to wait anew with each handler that is wired', async () => {
    const { container, queue, clock } = application({ absentHandler: HOUR });
    await handledOnce(container);
    await start(container);
    await queue.defer(Job, 1);
    await clock.advance(HOUR / 2);
    handle(container, () => undefined, { id: 'other' });
    await clock.advance(HOUR / 2 + 10);

    expect(await queue.deadLetters(JOBS).count()).toBe(1);
  });

  it('Q19 waits for ever where that is asked for, and holds no timer', async () => {
    const { container, queue, clock } = application({ absentHandler: Number.POSITIVE_INFINITY });
    await handledOnce(container);
    await start(container);
    await queue.defer(Job, 1);
    await clock.advance(1000 * HOUR);

    expect(queue.size(JOBS)).toBe(1);
  });

  it('Q19 ends in process() where the queue is a manual one', async () => {
    const { container, queue, clock } = application({ processing: 'manual', absentHandler: 1000 });
    await handledOnce(container);
    await queue.defer(Job, 1);
    queue.process(JOBS);
    await clock.advance(1000);
    queue.process(JOBS);

    expect(await queue.deadLetters(JOBS).count()).toBe(1);
  });

  it('Q19 holds up nobody else in its ordering key', async () => {
    const { container, queue, clock } = application();
    await handledOnce(container);
    const heard: number[] = [];
    class Clerk {
      @Deferred(Other, { queue: JOBS })
      work(payload: number) {
        heard.push(payload);
      }
    }
    build(container, Clerk);
    await start(container);

    await queue.defer(Job, 1, { orderingKey: 'one' });
    await queue.defer(Other, 2, { orderingKey: 'one' });
    await clock.advance(10);

    expect(heard).toEqual([2]);
  });
});

describe('a message on an engine whose handler is not here', () => {
  it.each([
    ['no handler has its id', { ...STORED, handler: 'newer' }, 'CAR5009'],
    ['no handler has its event', { ...STORED, body: STORED.body.replace('job', 'new') }, 'CAR5001'],
    [
      'its handler no longer takes its event',
      { ...STORED, handler: 'clerk', body: STORED.body.replace('job', 'new') },
      'CAR5009',
    ],
  ])(
    'Q19 Q35 goes back for five minutes and is then a dead letter: %s',
    async (_, stored, code) => {
      const { engine, outcome } = engineByHand();
      const { container, errors, clock } = application(engine.options());
      handle(container, () => undefined, { id: 'clerk' });
      await start(container);

      const outcomes = [await outcome(stored, 1)];
      for (const passed of [1000, MINUTE, 4 * MINUTE - 1500, 500]) {
        await clock.advance(passed);
        outcomes.push(await outcome(stored, 1));
      }

      expect(outcomes.map((each) => (each.type === 'goBack' ? each.after : each.type))).toEqual([
        1000,
        1000,
        10_000,
        500,
        'giveUp',
      ]);
      expect(outcomes.at(-1)).toMatchObject({ reason: 'unknown handler' });
      expect(errors.map((error) => error.code)).toEqual(['CAR5023', code]);
    },
  );

  it('Q35 is done by the handler that comes meanwhile', async () => {
    const { engine, outcome } = engineByHand();
    const { container } = application(engine.options());
    const heard: number[] = [];
    handle(container, () => undefined, { id: 'clerk' });
    await start(container);

    const before = await outcome({ ...STORED, handler: 'newer' }, 1);
    handle(container, (payload) => heard.push(payload), { id: 'newer' });
    const after = await outcome({ ...STORED, handler: 'newer' }, 1);

    expect({ beforeType: before.type, afterType: after.type, heard }).toEqual({
      beforeType: 'goBack',
      afterType: 'done',
      heard: [1],
    });
  });

  it('Q19 a queue in memory refuses unknownHandler by name', () => {
    expect(() => application({ unknownHandler: 1 })).toThrow(
      expect.objectContaining({ code: 'CAR7011' }),
    );
  });
});
