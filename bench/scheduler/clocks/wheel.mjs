/** A hierarchical timer wheel (Varghese and Lauck, 1987): four wheels of 64 slots, the first of them with a slot for each millisecond. */

const SLOTS = 64;
const WHEELS = 4;

/** @typedef {{ at: number, callback: (() => void) | undefined }} Timer */

export function createClock() {
  return new WheelClock();
}

class WheelClock {
  #now = 0;
  /** @type {Set<Timer>[][]} */
  #wheels = Array.from({ length: WHEELS }, () => Array.from({ length: SLOTS }, () => new Set()));
  /** @type {Set<Timer>} what is further away than the last wheel turns */
  #far = new Set();

  now() {
    return this.#now;
  }

  /**
   * @param {() => void} callback
   * @param {number} delay
   */
  schedule(callback, delay) {
    const timer = { at: this.#now + Math.max(1, Math.ceil(delay)), callback };
    this.#place(timer);
    return timer;
  }

  /** @param {Timer} timer */
  cancel(timer) {
    timer.callback = undefined;
    this.#slot(timer.at).delete(timer);
  }

  /** @param {number} dt */
  tick(dt) {
    const end = this.#now + dt;
    while (this.#now < end) this.#turn();
  }

  #turn() {
    this.#now += 1;
    let span = SLOTS;
    for (let wheel = 1; wheel < WHEELS && this.#now % span === 0; wheel += 1) {
      this.#spread(this.#wheels[wheel]?.[Math.floor(this.#now / span) % SLOTS]);
      span *= SLOTS;
    }
    if (this.#now % SLOTS ** WHEELS === 0) this.#spread(this.#far);
    const due = this.#wheels[0]?.[this.#now % SLOTS];
    if (due === undefined || due.size === 0) return;
    const timers = [...due];
    due.clear();
    for (const { callback } of timers) callback?.();
  }

  /** @param {Set<Timer> | undefined} slot */
  #spread(slot) {
    if (slot === undefined) return;
    const timers = [...slot];
    slot.clear();
    for (const timer of timers) this.#place(timer);
  }

  /** @param {Timer} timer */
  #place(timer) {
    this.#slot(timer.at).add(timer);
  }

  /** @param {number} at */
  #slot(at) {
    let span = 1;
    for (const wheel of this.#wheels) {
      // As far as the wheel turns without coming round to the same slot.
      if (Math.floor(at / span) - Math.floor(this.#now / span) < SLOTS)
        return /** @type {Set<Timer>} */ (wheel[Math.floor(at / span) % SLOTS]);
      span *= SLOTS;
    }
    return this.#far;
  }
}
