/** The clocks that a program drives. */
import { describe, expect, it } from '@jest/globals';
import { fixedStep, manualClock, nextTick, realTime, spawn } from 'carillon';
import { stageOn } from '../support/stage.js';

describe('manualClock', () => {
  it('S3 stands still until it is told to go on', () => {
    const clock = manualClock();
    const rung: number[] = [];
    clock.schedule(() => rung.push(clock.now()), 10);

    clock.tick(9);
    expect({ now: clock.now(), rung }).toEqual({ now: 9, rung: [] });
    clock.tick(1);

    expect(rung).toEqual([10]);
  });

  it('S2 rings the earliest first, those of one moment in the order in which they were set, those without a delay before all', () => {
    const clock = manualClock();
    const rung: string[] = [];
    for (const [name, delay] of [
      ['c', 20],
      ['b1', 10],
      ['b2', 10],
      ['a1', 0],
      ['d', 20.5],
      ['a2', 0],
      ['b3', 10],
    ] as const) {
      clock.schedule(() => rung.push(name), delay);
    }

    clock.tick(100);

    expect(rung).toEqual(['a1', 'a2', 'b1', 'b2', 'b3', 'c', 'd']);
  });

  it('S2 rings nothing in the tick in which it was set, so that a tick ends', () => {
    const clock = manualClock();
    let rings = 0;
    const again = () => {
      rings += 1;
      clock.schedule(again, 0);
      clock.schedule(again, -5);
    };
    clock.schedule(again, 0);

    clock.tick(10);
    clock.tick(10);

    expect(rings).toBe(3);
    expect(clock.pending).toBe(4);
  });

  it('counts what is set, also when one timer of a tick cancels another', () => {
    const clock = manualClock();
    const timers: unknown[] = [];
    const cancelLast = () => clock.cancel(timers[1]);
    timers.push(
      clock.schedule(cancelLast, 0),
      clock.schedule(cancelLast, 0),
      clock.schedule(cancelLast, 50),
    );

    clock.tick(1);
    expect({ pending: clock.pending, next: clock.next }).toEqual({ pending: 1, next: 50 });
    clock.cancel(clock.schedule(cancelLast, 0));
    clock.schedule(cancelLast, 0);

    expect({ pending: clock.pending, next: clock.next }).toEqual({ pending: 2, next: 1 });
  });

  it('S2 rings in order what is left of a thousand timers, most of which are cancelled and some set again', () => {
    const clock = manualClock();
    const rung: string[] = [];
    const expected: { readonly at: number; readonly name: string }[] = [];
    const set = (delay: number, name: string) => {
      const at = 1 + (delay >> 1);
      return { timer: clock.schedule(() => rung.push(name), at), at, name };
    };
    // Every delay once, in no order; two at a time share a moment.
    const timers = Array.from({ length: 1000 }, (_, index) =>
      set((index * 387) % 1000, String(index)),
    );
    const isKept = ({ at }: { at: number }) => at % 2 === 1 && at > 1;
    // The earliest first, so that what comes to the top was not there before.
    for (const { timer } of [...timers].sort((a, b) => a.at - b.at).filter((one) => !isKept(one)))
      clock.cancel(timer);
    expected.push(...timers.filter(isKept));
    const isLeft = [clock.pending, clock.next];
    for (const delay of [998, 4, 501]) expected.push(set(delay, `again ${delay}`));
    clock.cancel(set(0, 'never').timer);
    const isSetAgain = [clock.pending, clock.next];

    for (let ticks = 0; ticks < 100; ticks += 1) clock.tick(7);

    expect({ isLeft, isSetAgain }).toEqual({ isLeft: [498, 3], isSetAgain: [501, 3] });
    // A sort is stable: of one moment, what was set first comes first.
    expect(rung).toEqual(expected.sort((a, b) => a.at - b.at).map(({ name }) => name));
    expect({ pending: clock.pending, next: clock.next }).toEqual({ pending: 0, next: undefined });
  });

  it.each([0, 1, 2, 5])('is as new when %d timers of a hundred are left', (left) => {
    const clock = manualClock();
    let rung = 0;
    const set = (delay: number) => clock.schedule(() => (rung += 1), delay);
    for (const timer of Array.from({ length: 100 }, (_, index) => set(100 - index)).slice(left))
      clock.cancel(timer);
    const isLeft = clock.pending;
    set(50);
    clock.tick(100);

    expect({ isLeft, rung, pending: clock.pending, next: clock.next }).toEqual({
      isLeft: left,
      rung: left + 1,
      pending: 0,
      next: undefined,
    });
  });

  it('cancels, also what is due in the tick under way, also twice', () => {
    const clock = manualClock();
    const rung: string[] = [];
    const late = clock.schedule(() => rung.push('late'), 5);
    const next = clock.schedule(() => rung.push('next'), 0);
    const other = clock.schedule(() => rung.push('other'), 3);
    clock.schedule(() => clock.cancel(late), 1);

    clock.cancel(next);
    clock.cancel(next);
    clock.cancel(other);
    expect(clock.pending).toBe(2);
    clock.tick(10);

    expect(rung).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('rings all that is due also when one of them throws, and throws then', () => {
    const clock = manualClock();
    const rung: string[] = [];
    clock.schedule(() => fail('first'), 0);
    clock.schedule(() => fail('second'), 1);
    clock.schedule(() => rung.push('third'), 2);

    expect(() => clock.tick(2)).toThrow('first');
    expect(rung).toEqual(['third']);
    expect(() => clock.tick(1)).not.toThrow();
  });

  it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['1'], [undefined]])(
    'CAR6005: refuses to go on by %p',
    (dt) => {
      const clock = manualClock();

      expect(() => clock.tick(dt as number)).toThrow(expect.objectContaining({ code: 'CAR6005' }));
    },
  );

  it('CAR6005: refuses a tick inside of a tick', () => {
    const clock = manualClock();
    clock.schedule(() => clock.tick(1), 0);

    expect(() => clock.tick(1)).toThrow(expect.objectContaining({ code: 'CAR6005' }));
    expect(clock.now()).toBe(1);
  });
});

describe('fixedStep', () => {
  it('S3 makes whole steps and keeps the rest', () => {
    const clock = fixedStep({ step: 10 });
    const times: number[] = [];
    const simulate = (step: number) => times.push(clock.now(), step);

    expect([
      clock.advance(25, simulate),
      clock.advance(4, simulate),
      clock.advance(1, simulate),
    ]).toEqual([2, 0, 1]);

    expect(times).toEqual([10, 10, 20, 10, 30, 10]);
    expect({ steps: clock.steps, now: clock.now() }).toEqual({ steps: 3, now: 30 });
  });

  it('simulates before it rings what is due, and rings what is due in a step within that step', () => {
    const clock = fixedStep({ step: 10 });
    const log: string[] = [];
    clock.schedule(() => log.push(`rang at ${clock.now()}`), 15);

    clock.advance(30, () => log.push(`simulated ${clock.now()}`));

    expect(log).toEqual(['simulated 10', 'simulated 20', 'rang at 20', 'simulated 30']);
  });

  it('drops what is too much for one frame, and says so', () => {
    const clock = fixedStep({ step: 10, maxSteps: 3 });

    const made = clock.advance(105);

    expect({ made, steps: clock.steps, now: clock.now(), dropped: clock.dropped }).toEqual({
      made: 3,
      steps: 3,
      now: 30,
      dropped: 70,
    });
    expect(clock.alpha).toBeCloseTo(0.5);
    expect(clock.advance(5)).toBe(1);
  });

  it('makes ten steps in a frame at most by default', () => {
    expect(fixedStep({ step: 1 }).advance(100)).toBe(10);
  });

  it('says how far the time is into the next step', () => {
    const clock = fixedStep({ step: 10 });

    clock.advance(12.5);

    expect(clock.alpha).toBeCloseTo(0.25);
  });

  it('does not drift from sixty steps in a second', () => {
    const clock = fixedStep({ step: 1000 / 60 });

    for (let frame = 0; frame < 60 * 600; frame += 1) clock.advance(1000 / 60);

    expect(clock.steps).toBe(60 * 600);
    expect(clock.now()).toBe(36_000 * (1000 / 60));
  });

  it('makes a step that is due but for the rounding of a sum', () => {
    const clock = fixedStep({ step: 1 });

    for (let piece = 0; piece < 10; piece += 1) clock.advance(0.1);

    expect(clock.steps).toBe(1);
  });

  it('cancels and counts its timers', () => {
    const clock = fixedStep({ step: 10 });
    const timer = clock.schedule(() => undefined, 5);

    expect(clock.pending).toBe(1);
    clock.cancel(timer);

    expect(clock.pending).toBe(0);
  });

  it.each([
    [{ step: 0 }],
    [{ step: -1 }],
    [{ step: Number.NaN }],
    [{ step: '16' }],
    [{ step: 1, maxSteps: 0 }],
    [{ step: 1, maxSteps: Number.NaN }],
  ])('CAR6005: refuses %p', (options) => {
    expect(() => fixedStep(options as never)).toThrow(expect.objectContaining({ code: 'CAR6005' }));
  });

  it('CAR6005: refuses what is no time, and a step inside of a step', () => {
    const clock = fixedStep({ step: 10 });

    expect(() => clock.advance(-1)).toThrow(expect.objectContaining({ code: 'CAR6005' }));
    expect(() => clock.advance(10, () => clock.advance(10))).toThrow(
      expect.objectContaining({ code: 'CAR6005' }),
    );
  });
});

describe('realTime', () => {
  it('S3 has ticks as long as it is told', () => {
    const delays: number[] = [];
    const clock = {
      ...realTime({ tick: '16ms' }),
      schedule: (_: () => void, delay: number) => delays.push(delay),
    };
    const { scope } = stageOn(clock);

    spawn(scope, function* () {
      yield* nextTick();
    });

    expect(delays).toEqual([16]);
  });

  it('rings by itself', async () => {
    const clock = realTime({ tick: 0 });

    const before = clock.now();
    await new Promise<void>((resolve) => clock.schedule(resolve, 1));

    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  it('CAR6001: refuses a tick that is no duration', () => {
    expect(() => realTime({ tick: 'soon' as never })).toThrow(
      expect.objectContaining({ code: 'CAR6001' }),
    );
  });
});

function fail(message: string): never {
  throw new Error(message);
}
