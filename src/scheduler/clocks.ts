/** The clock of real time, and the base of the clocks that a program moves. */
import {
  checkOptions,
  LONGEST_TIMER,
  needed,
  type OptionShape,
} from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import { realClock } from '../dispatch/real-clock.js';
import type { TaskClock } from './task-host.js';
import { TickTimers } from './tick-timers.js';
import type { Timer } from './timer-heap.js';

/**
 * Makes the default clock of an application, with ticks that are longer than a turn of the event loop.
 *
 * @param options the length of a tick: how long `nextTick()` waits, and how often `when()` checks its condition
 * @throws CarillonError `CAR6001` for an invalid duration
 * @example
 * container.register(events({ clock: realTime({ tick: '16ms' }) }));
 */
export function realTime(options: RealTimeOptions): TaskClock {
  checkOptions('CAR6001', 'realTime()', REAL_TIME, options);
  return {
    now: () => realClock.now(),
    date: () => Date.now(),
    schedule: (callback, delay) => realClock.schedule(callback, delay),
    cancel: (timer) => realClock.cancel(timer),
    tickLength: milliseconds(options.tick),
  };
}

/** How real time is cut. */
export interface RealTimeOptions {
  /** How long a tick is: what `nextTick()` waits, and how often `when()` asks. */
  readonly tick: Duration;
}

const REAL_TIME: OptionShape<RealTimeOptions> = /* @__PURE__ */ (() => ({
  tick: needed(duration({ most: LONGEST_TIMER })),
}))();

/** Stands still until a subclass moves its timers; its date moves with its time. */
export class DrivenClock {
  protected readonly timers = new TickTimers();
  readonly #startDate: number;

  constructor(startDate: number) {
    this.#startDate = startDate;
  }

  get pending(): number {
    return this.timers.pending;
  }

  now(): number {
    return this.timers.now;
  }

  date(): number {
    return this.#startDate + this.timers.now;
  }

  schedule(callback: () => void, delay: number): unknown {
    return this.timers.schedule(callback, delay);
  }

  cancel(timer: unknown): void {
    this.timers.cancel(timer as Timer);
  }
}
