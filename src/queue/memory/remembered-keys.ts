/** Keys that are remembered in memory for a while. */
import type { Clock } from '../../dispatch/clock.js';
import type { Inbox } from '../queue-provider.js';

/** Each `add` removes the expired keys, up to the first that has not expired. */
export class RememberedKeys implements Inbox {
  readonly #until = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    return until !== undefined && until > this.#clock.now();
  }

  add(key: string, window: number): void {
    const now = this.#clock.now();
    this.#until.delete(key);
    this.#until.set(key, now + window);
    for (const [other, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(other);
    }
  }
}
