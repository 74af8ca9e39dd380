/** Pauses between attempts at what has failed: each is twice as long as the one before, up to a limit. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';

/** The shortest and the longest pause, in milliseconds. */
export interface PauseLimits {
  readonly first: number;
  readonly most: number;
}

/** Between two attempts to have a connection again. */
export const RECONNECT: PauseLimits = { first: 50, most: 2000 };

/**
 * How long to wait before the next attempt.
 *
 * @param before how many pauses there were since the last success
 * @returns milliseconds
 */
export function pauseAfter(before: number, { first, most }: PauseLimits): number {
  return Math.min(first * 2 ** before, most);
}

/** Waits between attempts, until a close ends all of it. */
export class Pauses {
  readonly #clock: Clock;
  readonly #limits: PauseLimits;
  readonly #running = new Set<() => void>();
  #isEnded = false;

  constructor(clock: Clock, limits: PauseLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @param before as for {@link pauseAfter} */
  after(before: number): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        clearTimer(this.#clock, timer);
        this.#running.delete(over);
        resolve();
      };
      const timer = setTimer(this.#clock, over, pauseAfter(before, this.#limits));
      this.#running.add(over);
    });
  }

  /** The pauses that run are over, and there are no more. */
  end(): void {
    this.#isEnded = true;
    for (const over of [...this.#running]) over();
  }
}
