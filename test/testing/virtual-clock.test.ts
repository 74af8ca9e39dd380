/** Time that passes when a test says so. */
import { describe, expect, it } from '@jest/globals';
import { nextTick, ScopedEmitter, sleep, spawn } from 'carillon';
import { scopeOf } from 'carillon/inversify';
import { virtualClock } from 'carillon/testing';
import { rootContainer } from '../support/container.js';

describe('virtualClock', () => {
  it('S3 rings each timer at its own moment, those included that are set meanwhile, also after a promise', async () => {
    const clock = virtualClock();
    const rings: number[] = [];
    const again = (left: number) => {
      rings.push(clock.now());
      if (left > 0) void Promise.resolve().then(() => clock.schedule(() => again(left - 1), 30));
    };
    clock.schedule(() => again(2), 10);
    clock.schedule(() => rings.push(clock.now()), 50);

    await clock.advance(69);
    expect(rings).toEqual([10, 40, 50]);
    expect({ now: clock.now(), next: clock.next, pending: clock.pending }).toEqual({
      now: 69,
      next: 70,
      pending: 1,
    });
    await clock.advance('1ms');

    expect(rings).toEqual([10, 40, 50, 70]);
    expect({ next: clock.next, pending: clock.pending }).toEqual({ next: undefined, pending: 0 });
  });

  it('drives tasks, waits and time-outs of an application', async () => {
    const clock = virtualClock({ date: 1000 });
    const { container } = rootContainer({ clock });
    const task = spawn(scopeOf(container), function* () {
      yield* sleep('2s');
      yield* nextTick();
      return clock.date();
    });
    const late = expect(
      container.get(ScopedEmitter).once('never', { timeout: 5000 }),
    ).rejects.toMatchObject({ code: 'CAR4007' });

    await clock.advance('2s');
    expect(await task.done).toBe(3000);
    await clock.advance('3s');

    await late;
  });

  it('passes also where a task waits for the next tick for ever', async () => {
    const clock = virtualClock();
    const { container } = rootContainer({ clock });
    let ticks = 0;
    spawn(scopeOf(container), function* () {
      for (;;) {
        ticks += 1;
        yield* nextTick();
      }
    });

    await clock.advance(5);

    expect(clock.now()).toBe(5);
    expect(ticks).toBeGreaterThan(5);
  });

  it('tells what a timer threw, and refuses what is no time', async () => {
    const clock = virtualClock();
    clock.schedule(() => {
      throw new Error('rang badly');
    }, 1);

    await expect(clock.advance(1)).rejects.toThrow('rang badly');
    await expect(clock.advance(-1)).rejects.toMatchObject({ code: 'CAR6001' });
    expect(() => virtualClock({ date: Number.NaN })).toThrow('CAR6005');
  });
});
