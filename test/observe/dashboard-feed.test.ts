/** The feed under load: what is written down, and what is sent to whom. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Feed } from '../../src/observe/dashboard/feed.js';
import { feedStream } from '../../src/observe/dashboard/feed-stream.js';
import { PayloadSampling } from '../../src/observe/dashboard/payload-sampling.js';

describe('a reader', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function listening() {
    const feed = new Feed(100);
    const seen = { batches: [] as string[], isBehind: false, end: (): void => undefined };
    const { body } = feedStream(feed, undefined, (end) => {
      seen.end = end;
    });
    if (typeof body === 'string') throw new Error('the feed does not go on');
    body({
      write: (chunk) => {
        const [, data] = /^data: (.*)\n/m.exec(chunk) ?? [];
        if (data !== undefined) seen.batches.push(data);
      },
      end: () => undefined,
      isBehind: () => seen.isBehind,
    });
    seen.batches.length = 0;
    return { feed, seen };
  }

  const sent = (event: string) => ({
    time: 0,
    kind: 'sent' as const,
    verb: 'emit',
    event,
    scope: 'shop',
  });

  const eventsOf = (batch = '{"entries":[]}') =>
    (JSON.parse(batch) as { entries: { event: string }[] }).entries.map(({ event }) => event);

  it('gets one batch in a tenth of a second', () => {
    const { feed, seen } = listening();

    feed.add(sent('first'));
    jest.advanceTimersByTime(99);
    feed.add(sent('second'));
    expect(seen.batches).toEqual([]);
    jest.advanceTimersByTime(1);

    expect(seen.batches.map(eventsOf)).toEqual([['first', 'second']]);
    seen.end();
  });

  it('that does not read gets nothing, and what it has missed once it reads', () => {
    const { feed, seen } = listening();
    seen.isBehind = true;

    for (const event of ['first', 'second', 'third']) {
      feed.add(sent(event));
      jest.advanceTimersByTime(100);
    }
    expect(seen.batches).toEqual([]);
    seen.isBehind = false;
    jest.advanceTimersByTime(100);

    expect(seen.batches.map(eventsOf)).toEqual([['first', 'second', 'third']]);
    seen.end();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('payloads', () => {
  const takenOf = (sampling: PayloadSampling, count: number, second: number) => {
    let taken = 0;
    for (let index = 0; index < count; index += 1)
      if (sampling.takes(second * 1000 + Math.floor((1000 * index) / count))) taken += 1;
    return taken;
  };

  it('are all written down up to 5,000 a second', () => {
    const sampling = new PayloadSampling();

    expect([0, 1, 2].map((second) => takenOf(sampling, 5000, second))).toEqual([5000, 5000, 5000]);
  });

  it('are sampled by their count beyond that', () => {
    const sampling = new PayloadSampling();

    const [first = 0, second, third] = [0, 1, 2].map((index) => takenOf(sampling, 50_000, index));

    // At first nobody knows how many will come.
    expect(first).toBeLessThan(16_000);
    expect([second, third]).toEqual([5000, 5000]);
    expect(takenOf(sampling, 100, 60)).toBe(100);
  });
});
