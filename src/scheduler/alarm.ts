/** A timer for any time, also one that is longer than the platform's timers. */
import type { Clock } from '../dispatch/runtime.js';

/** A wait that has begun. */
export interface Waiting {
  /** Ends the wait: its observer is told nothing any more. Harmless when it has ended already. */
  end(): void;
}

/** Platforms ring a timer of more than 2³¹ - 1 ms at once. */
const LONGEST = 2 ** 31 - 1;

/** Calls back once, unless it is ended before. */
export class Alarm implements Waiting {
  readonly #clock: Clock;
  #timer: unknown;

  constructor(clock: Clock, delay: number, callback: () => void) {
    this.#clock = clock;
    if (delay > LONGEST) this.#setInParts(clock.now() + delay, callback);
    else this.#timer = clock.schedule(callback, delay);
  }

  end(): void {
    this.#clock.cancel(this.#timer);
  }

  #setInParts(end: number, callback: () => void): void {
    const left = end - this.#clock.now();
    this.#timer =
      left > LONGEST
        ? this.#clock.schedule(() => this.#setInParts(end, callback), LONGEST)
        : this.#clock.schedule(callback, left);
  }
}
