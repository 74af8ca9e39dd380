/** Handlers that time calls. */
import { describe, expect, it } from '@jest/globals';
import {
  type Clock,
  type Delivery,
  Every,
  type EveryOptions,
  fixedStep,
  manualClock,
  type Schedule,
  sleep,
} from 'carillon';
import { census, openScope, scopeOf } from 'carillon/inversify';
import { build } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';
import { stage, stageOn } from '../support/stage.js';

const log: unknown[] = [];

function logged(): unknown[] {
  return log.splice(0);
}

/** A bell that time calls so, and that does that when it is called. */
function bell(
  schedule: Parameters<typeof Every>[0],
  ring: () => unknown,
  options?: EveryOptions,
): new () => object {
  class Bell {
    @Every(schedule, options)
    ring() {
      return ring();
    }
  }
  return Bell;
}

/** Noon of each day of that year. */
const noons: Schedule = {
  name: 'noon',
  next(after) {
    const noon = Math.ceil((after + 1 - NOON) / DAY) * DAY + NOON;
    return noon < Date.UTC(2027, 0) ? noon : undefined;
  },
};
const DAY = 86_400_000;
const NOON = DAY / 2;

describe('@Every', () => {
  it('S3 calls after each such time, on the clock of the application', () => {
    const { container, clock } = stage();
    build(
      container,
      bell('30s', () => log.push(clock.now())),
    );

    for (let second = 0; second < 100; second += 1) clock.tick(1000);

    expect(logged()).toEqual([30_000, 60_000, 90_000]);
  });

  it('does not drift, and calls once for what it has missed', () => {
    const { container, clock } = stage();
    build(
      container,
      bell(30, () => log.push(clock.now())),
    );

    for (const dt of [16, 16, 16, 16, 16, 100, 10, 20, 10]) clock.tick(dt);

    expect(logged()).toEqual([32, 64, 180, 210]);
  });

  it('calls once for each step that it is due in, on a clock whose steps do not add up exactly', () => {
    const clock = fixedStep({ step: 1000 / 60, maxSteps: 10_000 });
    const { container } = stageOn(clock);
    build(
      container,
      bell(100, () => log.push(clock.steps)),
    );

    clock.advance(60_000);

    expect(logged()).toEqual(Array.from({ length: 600 }, (_, index) => (index + 1) * 6));
  });

  it('L1 calls no more once its scope has ended, and leaves no timer', () => {
    const { container, clock } = stage();
    const child = openScope(container);
    build(
      child,
      bell('1s', () => log.push('rang')),
    );
    expect(census(container)).toMatchObject({ handlers: 1, timers: 1 });

    child[Symbol.dispose]();
    expect(clock.pending).toBe(0);
    clock.tick(5000);

    expect(logged()).toEqual([]);
    expect(census(container)).toMatchObject({ handlers: 0, timers: 0 });
  });

  it('L7 calls no more once its instance is unbound', () => {
    const { container, clock } = stage();
    const service = bell('1s', () => log.push('rang'));
    build(container, service);

    container.unbind(service);
    clock.tick(5000);

    expect(logged()).toEqual([]);
  });

  it('passes over what is due while an asynchronous call still runs', async () => {
    const { container, clock } = stage();
    const gates = [gate(), gate()];
    let calls = 0;
    build(
      container,
      bell('1s', () => {
        log.push(clock.now());
        return gates[calls++]?.promise;
      }),
    );

    for (let second = 0; second < 3; second += 1) clock.tick(1000);
    gates[0]?.open();
    await settle();
    clock.tick(1000);

    expect(logged()).toEqual([1000, 4000]);
  });

  it('passes over what is due while its task still runs', async () => {
    const { container, clock } = stage();
    class Bell {
      @Every('1s')
      *ring() {
        log.push(clock.now());
        yield* sleep(1500);
      }
    }
    build(container, Bell);

    for (let step = 0; step < 10; step += 1) {
      clock.tick(500);
      await settle();
    }

    expect(logged()).toEqual([1000, 3000, 5000]);
  });

  it('runs beside itself with overlap: parallel', () => {
    const { container, clock } = stage();
    build(
      container,
      bell(
        '1s',
        () => {
          log.push(clock.now());
          return new Promise(() => undefined);
        },
        { overlap: 'parallel' },
      ),
    );

    for (let second = 0; second < 3; second += 1) clock.tick(1000);

    expect(logged()).toEqual([1000, 2000, 3000]);
  });

  it('S2 is called again after it has failed, each failure reported with its names', async () => {
    const { container, clock, errors } = stage();
    let calls = 0;
    class Bell {
      @Every('1s')
      ring() {
        calls += 1;
        if (calls === 1) throw new Error('cracked');
        return Promise.reject(new Error('cracked again'));
      }
    }
    build(container, Bell);

    for (let second = 0; second < 2; second += 1) {
      clock.tick(1000);
      await settle();
    }
    clock.tick(1000);
    await settle();

    expect(
      errors.map(({ code, message }) => [code, message.includes('Bell.ring failed on every 1s')]),
    ).toEqual([
      ['CAR4001', true],
      ['CAR4001', true],
      ['CAR4001', true],
    ]);
  });

  it('takes the delivery as its second parameter', () => {
    const { container, clock } = stage();
    class Bell {
      @Every('1s')
      ring(_: undefined, delivery: Delivery) {
        log.push(delivery.event, delivery.scope);
      }
    }
    build(container, Bell);

    clock.tick(1000);

    expect(logged()).toEqual(['every 1s', 'application']);
  });

  it('L2 is waited for by the end of the scope that it runs in', async () => {
    const { container, clock } = stage();
    const { promise, open } = gate();
    build(
      container,
      bell('1s', () => promise.then(() => log.push('finished'))),
    );
    clock.tick(1000);

    const ended = scopeOf(container).disposeAsync();
    open();
    await ended;

    expect(logged()).toEqual(['finished']);
  });
});

describe('@Every with a schedule', () => {
  it('S3 calls at its dates, also those that are further away than a timer of the platform', () => {
    const clock = manualClock({ date: new Date('2026-12-29T13:00Z') });
    const { container } = stageOn(clock);
    build(
      container,
      bell(noons, () => log.push(new Date(clock.date()).toISOString())),
    );

    for (let hour = 0; hour < 24 * 60; hour += 1) clock.tick(DAY / 24);

    expect(logged()).toEqual(['2026-12-30T12:00:00.000Z', '2026-12-31T12:00:00.000Z']);
    expect(clock.pending).toBe(0);
  });

  it('waits on when the timer rings before the date', () => {
    const clock = manualClock();
    let behind = 0;
    const slow: Clock = {
      now: () => clock.now(),
      schedule: (callback, delay) => clock.schedule(callback, delay),
      cancel: (timer) => clock.cancel(timer),
      date: () => clock.date() - behind,
    };
    const { container } = stageOn(slow);
    build(
      container,
      bell(noons, () => log.push(slow.date?.())),
    );

    behind = 5000;
    clock.tick(NOON);
    expect(logged()).toEqual([]);
    clock.tick(5000);

    expect(logged()).toEqual([NOON]);
  });

  it('CAR6013: reports a schedule that fails', () => {
    const { container, errors } = stage();
    const broken: Schedule = {
      name: 'broken',
      next() {
        throw new Error('no calendar');
      },
    };

    build(
      container,
      bell(broken, () => log.push('rang')),
    );

    expect(errors).toEqual([
      expect.objectContaining({
        code: 'CAR6013',
        cause: expect.objectContaining({ message: 'no calendar' }),
      }),
    ]);
  });

  it('CAR6012: refuses a clock that knows no date', () => {
    const clock = manualClock();
    const { container } = stageOn({
      now: () => clock.now(),
      schedule: (callback, delay) => clock.schedule(callback, delay),
      cancel: (timer) => clock.cancel(timer),
    });

    expect(() =>
      build(
        container,
        bell(noons, () => 1),
      ),
    ).toThrow(
      expect.objectContaining({ code: 'CAR6012', message: expect.stringContaining('Bell.ring') }),
    );
    expect(scopeOf(container).instances.size).toBe(0);
  });
});

describe('bad timed handlers', () => {
  it.each([
    ['soon'],
    [0],
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [undefined],
    [null],
    [{}],
    ['0s'],
    [new Date()],
  ])('CAR6009: refuses the schedule %p', (schedule) => {
    expect(() => bell(schedule as never, () => 1)).toThrow(
      expect.objectContaining({ code: 'CAR6009' }),
    );
  });

  it('CAR1007: refuses an overlap that is none', () => {
    expect(() => bell('1s', () => 1, { overlap: 'often' as never })).toThrow(
      expect.objectContaining({ code: 'CAR1007' }),
    );
  });

  it.each([[Number.NaN], [new Date('never')]])('CAR6005: a clock does not begin at %p', (date) => {
    expect(() => manualClock({ date })).toThrow(expect.objectContaining({ code: 'CAR6005' }));
    expect(() => fixedStep({ step: 1, date })).toThrow(
      expect.objectContaining({ code: 'CAR6005' }),
    );
  });
});

describe('a schedule while the machine sleeps', () => {
  /** Timers stand still in its sleep, and the date goes on. */
  class SleepingClock implements Clock {
    readonly #awake = manualClock();
    #slept = 0;

    now(): number {
      return this.#awake.now();
    }

    date(): number {
      return this.#awake.date() + this.#slept;
    }

    schedule(callback: () => void, delay: number): unknown {
      return this.#awake.schedule(callback, delay);
    }

    cancel(timer: unknown): void {
      this.#awake.cancel(timer);
    }

    sleep(milliseconds: number): void {
      this.#slept += milliseconds;
    }

    pass(minutes: number): void {
      for (let minute = 0; minute < minutes; minute += 1) this.#awake.tick(60_000);
    }
  }

  it('S6 calls within a minute of waking for what was due in the sleep, once, and is on time from then on', () => {
    const clock = new SleepingClock();
    const { container } = stageOn(clock);
    build(
      container,
      bell(noons, () => log.push(clock.date())),
    );

    clock.pass(11 * 60);
    clock.sleep(3 * 24 * 3_600_000 + 2 * 3_600_000);
    clock.pass(1);
    const woken = logged();
    clock.pass(24 * 60);

    expect(woken).toEqual([3 * DAY + 13 * 3_600_000 + 60_000]);
    expect(logged()).toEqual([4 * DAY + NOON]);
  });
});
