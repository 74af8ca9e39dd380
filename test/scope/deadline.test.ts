/** Waiting for several things, but no longer than a given time. */
import { describe, expect, it } from '@jest/globals';
import { virtualClock } from 'carillon/testing';
import { settledWithin } from '../../src/scope/deadline.js';

function pending(): Promise<never> {
  return new Promise(() => undefined);
}

describe('settledWithin', () => {
  it('resolves once all have settled, also those that reject, and leaves no timer behind', async () => {
    const clock = virtualClock();
    const timers = new Set<unknown>();
    const counting = {
      now: () => clock.now(),
      schedule: (callback: () => void, delay: number) => {
        const timer = clock.schedule(callback, delay);
        timers.add(timer);
        return timer;
      },
      cancel: (timer: unknown) => {
        timers.delete(timer);
        clock.cancel(timer);
      },
    };
    const settled = settledWithin(counting, 500, [
      Promise.resolve(),
      Promise.reject(new Error('late')),
    ]);

    await expect(settled).resolves.toBeUndefined();
    expect(timers.size).toBe(0);
  });

  it('resolves when the time has passed before, and not earlier', async () => {
    const clock = virtualClock();
    let isOver = false;
    void settledWithin(clock, 500, [pending()]).then(() => {
      isOver = true;
    });

    await clock.advance(499);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });
});
