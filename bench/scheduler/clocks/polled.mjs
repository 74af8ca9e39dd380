/** What a game writes first: a list that every tick goes through. */

/** @typedef {{ at: number, callback: (() => void) | undefined }} Timer */

export function createClock() {
  return new PolledClock();
}

class PolledClock {
  #now = 0;
  /** @type {Set<Timer>} */
  #timers = new Set();

  now() {
    return this.#now;
  }

  /**
   * @param {() => void} callback
   * @param {number} delay
   */
  schedule(callback, delay) {
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return timer;
  }

  /** @param {Timer} timer */
  cancel(timer) {
    this.#timers.delete(timer);
  }

  /** @param {number} dt */
  tick(dt) {
    this.#now += dt;
    /** @type {Timer[]} */
    const due = [];
    for (const timer of this.#timers) if (timer.at <= this.#now) due.push(timer);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.callback?.();
    }
  }
}
