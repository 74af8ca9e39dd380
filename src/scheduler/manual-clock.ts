/** A clock that the program moves: in a test, or in a loop of its own. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  checkOptions,
  kind,
  type OptionShape,
  shownOption,
} from '../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../decorators/duration.js';
import type { Clock } from '../dispatch/clock.js';
import { DrivenClock } from './clocks.js';

/** A clock that is moved by hand; made by {@link manualClock}. */
export interface ManualClock extends Clock {
  /** Timers that are set and have not fired. */
  readonly pending: number;
  /** The time at which the earliest of them fires, on the scale of {@link now}; `undefined` where none is set. */
  readonly next: number | undefined;
  /**
   * One tick: time moves by `dt`, and the timers that are due fire, the earliest first. Timers that are set meanwhile wait for a later tick.
   *
   * @param dt milliseconds or text such as `'2s'`, 0 or more
   * @throws CarillonError `CAR6005` for an invalid time, and when called inside a tick
   */
  tick(dt: Duration): void;
  /** The date that it has reached, in milliseconds since 1970 UTC. */
  date(): number;
}

/** The start of a clock that the program moves. */
export interface StartDate {
  /** The date at which it begins, as a `Date` or in milliseconds since 1970 UTC. Default the beginning of 1970. */
  readonly date?: Date | number;
}

/** What {@link StartDate} takes. */
export const START_DATE: OptionShape<StartDate> = /* @__PURE__ */ (() => ({
  date: kind(isDate, 'a Date, or milliseconds since 1970'),
}))();

function isDate(value: unknown): boolean {
  return Number.isFinite(value instanceof Date ? value.getTime() : value);
}

/**
 * Makes a clock that stands still until the program moves it.
 *
 * @param options `date` is the date at which it starts, 1970 by default
 * @throws CarillonError `CAR6005` for an invalid date
 * @example
 * const clock = manualClock();
 * container.register(events({ clock }));
 * clock.tick(2000);
 */
export function manualClock(options: StartDate = {}): ManualClock {
  checkOptions('CAR6005', 'manualClock()', START_DATE, options);
  return new HandDrivenClock(Number(options.date ?? 0));
}

class HandDrivenClock extends DrivenClock implements ManualClock {
  get next(): number | undefined {
    return this.timers.next;
  }

  tick(dt: Duration): void {
    this.timers.tick(this.timers.now + checkStep('tick', dt));
  }
}

/** @throws CarillonError `CAR6005` for a time that a clock cannot move by */
export function checkStep(method: string, dt: Duration): number {
  const time = milliseconds(dt);
  if (time < Number.POSITIVE_INFINITY) return time;
  throw new CarillonError(
    'CAR6005',
    `${method}(${shownOption(dt)}) cannot move the clock. Give milliseconds or text such as '2s', 0 or more.`,
  );
}
