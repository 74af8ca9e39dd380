/** Pauses a handler that keeps failing (M. Nygard, "Release It!", 2007: closed, open, half open). */
import { milliseconds } from '../../decorators/duration.js';
import type { BreakerOptions } from '../../decorators/work-options.js';
import type { Clock } from '../dispatch/clock.js';

/** The breaker of one handler. */
export class CircuitBreaker {
  readonly #failures: number;
  readonly #cooldown: number;
  readonly #clock: Clock;
  #inRow = 0;
  #openUntil: number | undefined;
  #trying = false;

  constructor({ failures, cooldown = 30_000 }: BreakerOptions, clock: Clock) {
    this.#failures = failures;
    this.#cooldown = milliseconds(cooldown);
    this.#clock = clock;
  }

  /** Milliseconds that a message has to wait. 0 lets it through: `succeeded`, `failed` or `left` has to follow. */
  wait(): number {
    if (this.#openUntil === undefined) return 0;
    const left = this.#openUntil - this.#clock.now();
    if (left > 0) return left;
    if (this.#trying) return this.#cooldown;
    this.#trying = true;
    return 0;
  }

  succeeded(): void {
    this.#inRow = 0;
    this.#openUntil = undefined;
    this.#trying = false;
  }

  /** Whether this failure has opened it. */
  failed(): boolean {
    this.#inRow += 1;
    const opens = this.#trying || this.#inRow === this.#failures;
    this.#trying = false;
    if (opens) this.#openUntil = this.#clock.now() + this.#cooldown;
    return opens;
  }

  /** The message that was let through ended without a result: the next one is let through. */
  left(): void {
    this.#trying = false;
  }
}
