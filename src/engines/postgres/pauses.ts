/** Waiting before another attempt, longer each time; a close ends all of it. */
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';

/** In milliseconds. */
const FIRST = 50;
const LONGEST = 2000;

export class Pauses {
  readonly #clock: Clock;
  readonly #running = new Set<() => void>();
  #isEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @param attempt the one that failed, from 1 on */
  after(attempt: number): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        clearTimer(this.#clock, timer);
        this.#running.delete(over);
        resolve();
      };
      const timer = setTimer(this.#clock, over, Math.min(FIRST * 2 ** (attempt - 1), LONGEST));
      this.#running.add(over);
    });
  }

  end(): void {
    this.#isEnded = true;
    for (const over of [...this.#running]) over();
  }
}
