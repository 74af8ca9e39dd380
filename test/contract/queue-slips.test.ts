/** Contract: what is easily got wrong with a queue. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, defineEvent, EventQueue, type QueuesOptions } from 'carillon';
import { start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { engineByHand } from '../support/engine-by-hand.js';
import { gate } from '../support/gate.js';
import { handle, JOBS, Job } from '../support/queue-engines.js';

const HOUR = 3_600_000;
const Page = defineEvent<number>('page');

const containers: Container[] = [];

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, { drain: 0, abort: 0 });
});

function application(queues: QueuesOptions = {}) {
  const fixture = rootContainer({ queues });
  containers.push(fixture.container);
  return { ...fixture, queue: fixture.container.get(EventQueue) };
}

describe('a message that is fetched in advance', () => {
  it.each([
    [2, true],
    [1, false],
  ])(
    'Q17 may be where each handler has more than one attempt: %i at least',
    async (attempts, mayRepeat) => {
      const byHand = engineByHand();
      const { container } = application({ [JOBS]: byHand.engine.options() });
      handle(container, () => undefined, { id: 'many', attempts: 3 });
      handle(container, () => undefined, { id: 'few', attempts });

      await start(container);

      expect(byHand.consuming()?.mayRepeat?.()).toBe(mayRepeat);
    },
  );
});

describe('a queue that is configured nowhere', () => {
  it('Q32 is reported at the start, by its name and those that are configured', async () => {
    const { container, errors } = application({ mails: engineByHand().engine.options() });
    handle(container, () => undefined, { queue: 'mials' });
    expect(errors).toEqual([]);

    await start(container);

    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['CAR7013', expect.stringMatching(/"mials".*Configured are "mails"/)],
    ]);
  });

  it('Q32 is reported once, when it is named first after the start', async () => {
    const { container, queue, errors } = application({ mails: engineByHand().engine.options() });
    await start(container);

    await queue.defer(Job, 1, { queue: 'mials' });
    await queue.defer(Job, 2, { queue: 'mials' });

    expect(errors.map(({ code }) => code)).toEqual(['CAR7013']);
  });

  it.each<[string, QueuesOptions, string]>([
    ['no queue is on an engine', { mails: {} }, 'other'],
    ['it is configured in memory', { mails: engineByHand().engine.options(), other: {} }, 'other'],
    ['it is the default queue', { mails: engineByHand().engine.options() }, 'default'],
  ])('Q32 is left alone where %s', async (_, queues, queue) => {
    const { container, errors } = application(queues);
    handle(container, () => undefined, { queue });
    await start(container);

    expect(errors).toEqual([]);
  });
});

describe('a sender that waits for room', () => {
  /** Pages are handled by a crawler that defers three more for the first one. */
  async function crawl(
    concurrency: number,
    first: readonly number[],
    before: () => Promise<void> | undefined = () => undefined,
  ) {
    const { container, errors, clock } = application({
      pages: { limit: 2, whenFull: 'wait', concurrency },
    });
    const queue = container.get(EventQueue);
    const seen: number[] = [];
    class Crawler {
      @Deferred(Page, { queue: 'pages' })
      async visit(page: number) {
        seen.push(page);
        const waited = before();
        if (waited !== undefined) await waited;
        if (page < 10) for (const link of [1, 2, 3]) await queue.defer(Page, page * 10 + link);
      }
    }
    build(container, Crawler);
    await start(container);
    for (const page of first) await queue.defer(Page, page);
    await clock.advance(100);
    return { errors, seen: seen.sort((one, other) => one - other) };
  }

  it('Q33 is refused where only its own handler could make room', async () => {
    const { errors, seen } = await crawl(1, [1]);

    expect(seen).toEqual([1, 11, 12]);
    expect(errors.map(({ cause }) => cause)).toEqual([
      expect.objectContaining({
        code: 'CAR5012',
        message: expect.stringContaining('its own handlers'),
      }),
    ]);
  });

  it('Q33 is refused where only its own handler could make room, whatever it has awaited first', async () => {
    const fetched = () => Promise.resolve().then(() => undefined);
    const { errors, seen } = await crawl(1, [1], fetched);

    expect(seen).toEqual([1, 11, 12]);
    expect(errors.map(({ cause }) => (cause as { code?: string }).code)).toEqual(['CAR5012']);
  });

  it('Q33 waits where another worker makes room', async () => {
    const { errors, seen } = await crawl(2, [1]);

    expect({ seen, errors }).toEqual({ seen: [1, 11, 12, 13], errors: [] });
  });

  it('Q33 is refused once every worker would wait, and the others go on', async () => {
    const { errors, seen } = await crawl(2, [1, 2]);

    expect(errors.map(({ cause }) => (cause as { code?: string }).code)).toEqual(['CAR5012']);
    expect(seen.length).toBeGreaterThanOrEqual(5);
  });

  it('Q33 waits where it is no handler of the queue', async () => {
    const { container, queue, clock } = application({
      pages: { limit: 1, whenFull: 'wait' },
    });
    const release = gate();
    class Clerk {
      @Deferred(Page, { queue: 'pages' })
      visit() {
        return release.promise;
      }
    }
    build(container, Clerk);
    await start(container);
    await queue.defer(Page, 1);
    await clock.advance(1);
    await queue.defer(Page, 2);
    const third = queue.defer(Page, 3);
    release.open();
    await clock.advance(1);

    await expect(third).resolves.toBeDefined();
  });
});

describe('a deduplication id', () => {
  it('Q34 is remembered for as long as its first message is delayed, and for the window after that', async () => {
    const { container, queue, clock } = application();
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload));
    await start(container);
    const ask = async () =>
      (await queue.defer(Job, 7, { delay: 24 * HOUR, dedup: 'customer 7' })).messages[0]?.result;

    const results = [await ask()];
    for (const hours of [2, 21, 1.5, 0.6]) {
      await clock.advance(hours * HOUR);
      results.push(await ask());
    }

    expect(results).toEqual(['accepted', 'duplicate', 'duplicate', 'duplicate', 'accepted']);
    expect(heard).toEqual([7]);
  });

  it('Q34 is remembered while its first message is put off, or waits behind others', async () => {
    const { container, queue, clock } = application({ [JOBS]: {} });
    const release = gate();
    handle(container, () => release.promise);
    await start(container);
    await queue.defer(Job, 1);
    await clock.advance(1);
    const ask = async () =>
      (await queue.defer(Job, 2, { dedup: { id: 'two', window: 1 } })).messages[0];

    const first = await ask();
    await clock.advance(HOUR);
    const behind = await ask();
    await queue.reschedule(first?.id as string, HOUR, JOBS);
    release.open();
    await clock.advance(HOUR / 2);
    const delayed = await ask();
    await clock.advance(HOUR);
    const done = await ask();

    expect([first, behind, delayed, done].map((each) => each?.result)).toEqual([
      'accepted',
      'duplicate',
      'duplicate',
      'accepted',
    ]);
  });
});
