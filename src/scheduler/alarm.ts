/** A timer that something waits for. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';

/** A wait that has begun. */
export interface Waiting {
  /** Ends the wait: its observer is told nothing any more. Harmless when it has ended already. */
  end(): void;
}

/** Calls back once, unless it is ended before. */
export class Alarm implements Waiting {
  readonly #clock: Clock;
  readonly #timer: unknown;

  constructor(clock: Clock, delay: number, callback: () => void) {
    this.#clock = clock;
    this.#timer = setTimer(clock, callback, delay);
  }

  end(): void {
    clearTimer(this.#clock, this.#timer);
  }
}
