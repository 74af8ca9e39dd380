/** Time that only passes when a test says so. */
import type { Clock } from 'carillon';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that are set and have not rung. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  schedule(callback: () => void, delay: number): Timer {
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Lets time pass within a turn: no timer rings. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Lets time pass, and everything that it sets off settle. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.at;
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets every microtask that is due run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
