/** So many in a time: a sliding window, so that no two windows side by side let more through. */
import type { Clock } from '../../dispatch/clock.js';
import type { RateLimit } from '../queue-provider.js';
import { Fifo } from './fifo.js';

/** For providers that take messages one by one themselves. */
export class RateWindow {
  readonly #begun = new Fifo<number>();
  #oldest: number | undefined;
  readonly #limit: RateLimit;
  readonly #clock: Clock;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Milliseconds until the next may begin; 0 is now. */
  wait(): number {
    const { max, per } = this.#limit;
    const now = this.#clock.now();
    this.#oldest ??= this.#begun.shift();
    while (this.#oldest !== undefined && this.#oldest + per <= now)
      this.#oldest = this.#begun.shift();
    if (this.#oldest === undefined || this.#begun.size + 1 < max) return 0;
    return this.#oldest + per - now;
  }

  /** One has begun. */
  note(): void {
    this.#begun.push(this.#clock.now());
  }
}
