/** What the clocks have in common that a program moves on. */

import { checkDuration, type Duration } from '../../decorators/duration.js';
import { realClock } from '../dispatch/create-runtime.js';
import type { TaskClock } from './task-host.js';
import { TickTimers } from './tick-timers.js';
import type { Timer } from './timer-heap.js';

/** Stands still until it is moved on; its date goes on with its time. */
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

/**
 * Makes the clock that an application has by default, with ticks that are longer than a turn of the event loop.
 *
 * @param options how long a tick is: what `nextTick()` waits, and how often `when()` asks
 * @throws CarillonError `CAR6001` for a tick that is no duration
 * @example
 * container.register(events({ clock: realTime({ tick: '16ms' }) }));
 */
export function realTime({ tick }: { readonly tick: Duration }): TaskClock {
  return { ...realClock, tickLength: checkDuration('realTime()', tick) };
}
