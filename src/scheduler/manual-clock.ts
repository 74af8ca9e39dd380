/** Time that passes only when the program says so: in a test, or in a loop of its own. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { Clock } from '../dispatch/clock.js';
import { DrivenClock } from './clocks.js';

/** A clock that is moved by hand; made by {@link manualClock}. */
export interface ManualClock extends Clock {
  /** Timers that are set and have not rung. */
  readonly pending: number;
  /** The moment at which the earliest of them rings, as {@link now} tells it; `undefined` where none is set. */
  readonly next: number | undefined;
  /**
   * One tick: time goes on by `dt`, and what is due rings, the earliest first. What is set meanwhile waits for a later tick.
   *
   * @param dt milliseconds, 0 or more
   * @throws CarillonError `CAR6005` for what is no time, and inside of a tick
   */
  tick(dt: number): void;
  /** The date that it has reached, in milliseconds since 1970 UTC. */
  date(): number;
}

/** How a clock that is moved by hand begins. */
export interface StartDate {
  /** The date at which it begins, as a `Date` or in milliseconds since 1970 UTC. Default the beginning of 1970. */
  readonly date?: Date | number;
}

/**
 * Makes a clock that stands still until it is told to go on.
 *
 * @throws CarillonError `CAR6005` for a date that is none
 * @example
 * const clock = manualClock();
 * container.register(events({ clock }));
 * clock.tick(2000);
 */
export function manualClock({ date = 0 }: StartDate = {}): ManualClock {
  return new HandDrivenClock(checkDate('manualClock', date));
}

class HandDrivenClock extends DrivenClock implements ManualClock {
  get next(): number | undefined {
    return this.timers.next;
  }

  tick(dt: number): void {
    this.timers.tick(this.timers.now + checkStep('tick', dt));
  }
}

/** @throws CarillonError `CAR6005` for a time that a clock cannot go on by */
export function checkStep(method: string, dt: number): number {
  if (typeof dt === 'number' && dt >= 0 && dt < Number.POSITIVE_INFINITY) return dt;
  throw new CarillonError(
    'CAR6005',
    `${method}(${String(dt)}) is no time to go on by. Give milliseconds, 0 or more.`,
  );
}

/** @throws CarillonError `CAR6005` for what is no date */
export function checkDate(maker: string, date: Date | number): number {
  const time = Number(date);
  if (Number.isFinite(time)) return time;
  throw new CarillonError(
    'CAR6005',
    `${maker}() has the date ${String(date)}. Give a Date, or milliseconds since 1970.`,
  );
}
