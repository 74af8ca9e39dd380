/** The clock of the platform, which stays right while the machine sleeps and under a test runner's mocked timers. */
import type { Clock } from './clock.js';

interface Platform {
  readonly performance: { now(): number };
  setTimeout(callback: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
}

// Looked up at each call: a test runner puts its own functions there.
const platform = globalThis as unknown as Platform;

/** A platform may ring a timer so much before its time, because it counts in whole milliseconds. */
const ROUNDING = 2;

/** A longer timer looks at the date now and then, by which it sees that the machine has slept. */
const LOOK = 60_000;

/** The date goes on so much further than the timers only where the machine has slept, or its date was set. */
const SLEPT = 10_000;

class RealClock implements Clock {
  /** What the platform's time is short of ours. */
  #offset = 0;
  #lastReading = 0;
  /** No earlier than a timer that has rung was due. */
  #floor = 0;

  now(): number {
    const reading = platform.performance.now();
    // Mocked timers begin at zero, and the real ones go on behind them: our time never goes back.
    if (reading < this.#lastReading) this.#offset += this.#lastReading - reading;
    this.#lastReading = reading;
    return Math.max(reading + this.#offset, this.#floor);
  }

  date(): number {
    return Date.now();
  }

  schedule(callback: () => void, delay: number): unknown {
    if (delay > LOOK) return new WakefulTimer(this, callback, delay);
    if (delay <= 0) return platform.setTimeout(callback, 0);
    const due = this.now() + delay;
    // Platforms leave out a part of a millisecond, and would ring as much earlier.
    return platform.setTimeout(() => {
      this.#rung(due);
      callback();
    }, Math.ceil(delay));
  }

  cancel(timer: unknown): void {
    if (timer instanceof WakefulTimer) timer.end();
    else platform.clearTimeout(timer);
  }

  /** A timer that rings says what time it is, also where `performance` is not mocked with it. */
  #rung(due: number): void {
    const missing = due - this.now();
    if (missing > ROUNDING) this.#offset += missing;
    else if (missing > 0) this.#floor = due;
  }
}

/** Rings soon after the machine wakes where it came due in its sleep: timers stand still then, the date goes on. */
class WakefulTimer {
  readonly #clock: Clock & { date(): number };
  readonly #callback: () => void;
  readonly #due: number;
  /** How far the date was ahead of the clock. */
  readonly #ahead: number;
  #part: unknown;

  constructor(clock: Clock & { date(): number }, callback: () => void, delay: number) {
    this.#clock = clock;
    this.#callback = callback;
    const now = clock.now();
    this.#due = now + delay;
    this.#ahead = clock.date() - now;
    this.#part = clock.schedule(this.#look, LOOK);
  }

  end(): void {
    this.#clock.cancel(this.#part);
  }

  readonly #look = () => {
    const now = this.#clock.now();
    const asleep = this.#clock.date() - now - this.#ahead;
    const left = this.#due - now - (asleep > SLEPT ? asleep : 0);
    if (left <= 0) this.#callback();
    else this.#part = this.#clock.schedule(this.#look, Math.min(left, LOOK));
  };
}

/** Real time, for every application that gives no clock. */
export const realClock: Clock = /* @__PURE__ */ new RealClock();
