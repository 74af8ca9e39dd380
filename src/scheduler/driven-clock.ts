/** What the clocks have in common that a program moves on. */

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
