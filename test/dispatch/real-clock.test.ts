/** The clock of an application that gives none: long times, a machine that sleeps, and the mocked timers of test runners. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Deferred, EventQueue, Every, On, ScopedEmitter, sleep } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';
import { type Clock, clearTimer, setTimer } from '../../src/dispatch/clock.js';
import { realClock } from '../../src/dispatch/real-clock.js';

const LONGEST = 2 ** 31 - 1;
const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Everything that waits by the clock, each with a name in the log. */
function program() {
  const log: string[] = [];
  let attempt = 0;
  class Waiting {
    @On('typed', { debounce: '1s' })
    debounced() {
      log.push('debounced');
    }

    @On('scrolled', { throttle: '1s' })
    throttled(payload: unknown) {
      log.push(`throttled ${String(payload)}`);
    }

    @On('begun')
    *slept() {
      yield* sleep('1s');
      log.push('slept');
    }

    @Every('1s')
    tick() {
      log.push('tick');
    }

    @Deferred('letter')
    delivered() {
      log.push('delivered');
    }

    @Deferred('bill', { attempts: 2, backoff: { delay: 1000 } })
    retried() {
      attempt += 1;
      if (attempt === 1) throw new Error('not yet');
      log.push('retried');
    }
  }
  const container = new Container();
  container.register(events({ onError: () => undefined }));
  container.bind(Waiting).toSelf().inSingletonScope();
  return { container, log };
}

/** Lets two mocked seconds pass, half a second at a time, with whatever runs in between. */
async function twoSeconds(tick: (milliseconds: number) => void | Promise<void>): Promise<void> {
  for (let step = 0; step < 4; step += 1) {
    await tick(500);
    await setImmediate();
    await setImmediate();
  }
}

async function runUnder(tick: (milliseconds: number) => void | Promise<void>): Promise<string[]> {
  const { container, log } = program();
  await start(container);
  const emitter = container.get(ScopedEmitter);
  const queue = container.get(EventQueue);
  emitter.emit('typed', undefined as never);
  emitter.emit('scrolled', 1 as never);
  emitter.emit('scrolled', 2 as never);
  emitter.emit('begun', undefined as never);
  await queue.defer('letter', undefined as never, { delay: 1000 });
  await queue.defer('bill', undefined as never);
  await twoSeconds(tick);
  await stop(container);
  return [...new Set(log)].sort();
}

const TICKS = ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
const EVERYTHING = [
  'debounced',
  'delivered',
  'retried',
  'slept',
  'throttled 1',
  'throttled 2',
  'tick',
];

describe('S7 the clock under mocked timers', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  // Each as the runner's own defaults are. node:test cannot reach the globals of a Jest test: its set is taken by name.
  it.each([
    ['those of Jest and of Vitest 3', []],
    ['those of node:test and of Vitest 1 and 2', ['performance', 'hrtime', ...TICKS]],
    [
      'setTimeout alone',
      ['performance', 'hrtime', 'Date', 'setInterval', 'clearInterval', ...TICKS],
    ],
  ] as const)('S7 goes on with mocked timers: %s', async (_, doNotFake) => {
    jest.useFakeTimers({ doNotFake: [...doNotFake] });

    expect(await runUnder((milliseconds) => jest.advanceTimersByTimeAsync(milliseconds))).toEqual(
      EVERYTHING,
    );
  });

  it('S3 never goes back when timers are mocked, nor when they are real again', () => {
    const readings = [realClock.now()];
    jest.useFakeTimers();
    readings.push(realClock.now());
    jest.advanceTimersByTime(10 * DAY);
    readings.push(realClock.now());
    jest.useRealTimers();
    readings.push(realClock.now());

    expect(readings).toEqual([...readings].sort((a, b) => a - b));
  });
});

describe('Q7 a timer for a part of a millisecond', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('Q7 rings no earlier, where a platform counts in whole milliseconds', () => {
    jest.useFakeTimers();
    const rung: string[] = [];
    realClock.schedule(() => rung.push('rung'), 399.7);

    jest.advanceTimersByTime(399);
    expect(rung).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(rung).toEqual(['rung']);
  });
});

describe('S6 the clock of a machine that sleeps', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('S6 rings within a minute of waking what came due in the sleep', () => {
    jest.useFakeTimers();
    const rung: string[] = [];
    realClock.schedule(() => rung.push('due in the sleep'), HOUR);
    realClock.schedule(() => rung.push('due later'), 10 * HOUR);

    jest.advanceTimersByTime(HOUR / 2);
    jest.setSystemTime(Date.now() + 8 * HOUR);
    jest.advanceTimersByTime(60_000);

    expect(rung).toEqual(['due in the sleep']);
    jest.advanceTimersByTime(2 * HOUR);
    expect(rung).toEqual(['due in the sleep', 'due later']);
  });

  it('S6 takes a date that is set by seconds, or back, for no sleep', () => {
    jest.useFakeTimers();
    const rung: number[] = [];
    const begin = performance.now();
    realClock.schedule(() => rung.push(performance.now() - begin), HOUR);

    jest.setSystemTime(Date.now() + 5000);
    jest.advanceTimersByTime(HOUR / 2);
    jest.setSystemTime(Date.now() - 8 * HOUR);
    jest.advanceTimersByTime(HOUR);

    expect(rung).toEqual([HOUR]);
  });

  it('S6 ends a long timer when it is asked to', () => {
    jest.useFakeTimers();
    const rung: string[] = [];

    realClock.cancel(realClock.schedule(() => rung.push('rung'), HOUR));
    jest.advanceTimersByTime(2 * HOUR);

    expect(rung).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('E22 a timer for any time', () => {
  /** A clock that is moved on from timer to timer, and remembers what it was asked for. */
  class AskedClock implements Clock {
    readonly asked: number[] = [];
    #now = 0;
    #timer: { due: number; callback: () => void } | undefined;

    now(): number {
      return this.#now;
    }

    schedule(callback: () => void, delay: number): unknown {
      this.asked.push(delay);
      this.#timer = { due: this.#now + delay, callback };
      return this.#timer;
    }

    cancel(timer: unknown): void {
      if (this.#timer === timer) this.#timer = undefined;
    }

    /** Rings the timer that is set; says whether there was one. */
    ring(): boolean {
      const timer = this.#timer;
      if (timer === undefined) return false;
      this.#timer = undefined;
      this.#now = timer.due;
      timer.callback();
      return true;
    }
  }

  it.each([1, LONGEST, LONGEST + 1, 30 * DAY, 365 * DAY])(
    'E22 rings after %s ms, and asks the clock for no more than it can',
    (delay) => {
      const clock = new AskedClock();
      let rung: number | undefined;
      setTimer(
        clock,
        () => {
          rung = clock.now();
        },
        delay,
      );

      while (clock.ring());

      expect(rung).toBe(delay);
      expect(Math.max(...clock.asked)).toBeLessThanOrEqual(LONGEST);
      expect(clock.asked).toHaveLength(Math.ceil(delay / LONGEST));
    },
  );

  it('E22 sets no timer for a time without end', () => {
    const clock = new AskedClock();

    const timer = setTimer(clock, () => undefined, Number.POSITIVE_INFINITY);

    expect(clock.asked).toEqual([]);
    expect(() => clearTimer(clock, timer)).not.toThrow();
  });

  it('E22 ends a timer in each of its parts', () => {
    const clock = new AskedClock();
    let rung = 0;
    const timer = setTimer(
      clock,
      () => {
        rung += 1;
      },
      3 * LONGEST,
    );

    clock.ring();
    clearTimer(clock, timer);

    expect(clock.ring()).toBe(false);
    expect(rung).toBe(0);
  });
});
