/** Time as the library sees it, and timers for any time. */

/** Time, as the library sees it; a test or a game loop gives its own. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /**
   * Calls back once, no earlier than after `delay` milliseconds, and returns what {@link cancel} takes. It is never asked for more than
   * 2³¹ - 1 ms, the longest time that a platform's timer can wait.
   */
  schedule(callback: () => void, delay: number): unknown;
  /** Takes back a call that has not come; does nothing for one that has. */
  cancel(timer: unknown): void;
  /** The date in milliseconds since 1970 UTC, for schedules that go by it; a clock may know none. */
  date?(): number;
}

/** Platforms ring a timer of more than 2³¹ - 1 ms at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Sets a timer for any time, `Infinity` included, which never rings. All timers of the library are set here.
 *
 * @returns what {@link clearTimer} takes
 */
export function setTimer(clock: Clock, callback: () => void, delay: number): unknown {
  return delay > LONGEST ? new LongTimer(clock, callback, delay) : clock.schedule(callback, delay);
}

/** Ends a timer that {@link setTimer} has set; one that has rung, or none, is left alone. */
export function clearTimer(clock: Clock, timer: unknown): void {
  if (timer instanceof LongTimer) timer.end();
  else if (timer !== undefined) clock.cancel(timer);
}

/** Waits in parts that a clock can take. */
class LongTimer {
  readonly #clock: Clock;
  readonly #callback: () => void;
  readonly #due: number;
  #part: unknown;

  constructor(clock: Clock, callback: () => void, delay: number) {
    this.#clock = clock;
    this.#callback = callback;
    this.#due = clock.now() + delay;
    if (delay < Number.POSITIVE_INFINITY) this.#wait();
  }

  end(): void {
    if (this.#part !== undefined) this.#clock.cancel(this.#part);
  }

  #wait(): void {
    const left = this.#due - this.#clock.now();
    this.#part =
      left > LONGEST
        ? this.#clock.schedule(() => this.#wait(), LONGEST)
        : this.#clock.schedule(this.#callback, left);
  }
}
