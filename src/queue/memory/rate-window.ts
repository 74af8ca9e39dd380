/** A rate limit over a sliding window: no period of its length, wherever it begins, exceeds the limit. */
import type { Clock } from '../../dispatch/clock.js';
import type { RateLimit } from '../queue-provider.js';
import { Fifo } from './fifo.js';

export class RateWindow {
  readonly #starts = new Fifo<number>();
  #oldest: number | undefined;
  readonly #limit: RateLimit;
  readonly #clock: Clock;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Milliseconds until the next start is allowed; 0 means now. */
  wait(): number {
    const { max, per } = this.#limit;
    const now = this.#clock.now();
    this.#oldest ??= this.#starts.shift();
    while (this.#oldest !== undefined && this.#oldest + per <= now)
      this.#oldest = this.#starts.shift();
    if (this.#oldest === undefined || this.#starts.size + 1 < max) return 0;
    return this.#oldest + per - now;
  }

  /** Counts a start. */
  note(): void {
    this.#starts.push(this.#clock.now());
  }
}
