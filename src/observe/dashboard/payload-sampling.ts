/** Which payloads are made text when more are sent than anybody can read. */

/** In milliseconds. */
const WINDOW = 1000;
/** Up to so many in a window each one is taken: as many as the feed shows. */
const MOST = 5000;

/** Takes each payload of a calm second, and every nth of a busy one: the cost is bounded, and the newest are among them. */
export class PayloadSampling {
  #begun = Number.NEGATIVE_INFINITY;
  #count = 0;
  /** One of so many was taken when the last window ended. */
  #every = 1;

  /** @param time now, in milliseconds */
  takes(time: number): boolean {
    if (time - this.#begun >= WINDOW) {
      this.#every = time - this.#begun < 2 * WINDOW ? rateOf(this.#count) : 1;
      this.#begun = time;
      this.#count = 0;
    }
    const taken = this.#count % Math.max(this.#every, rateOf(this.#count + 1)) === 0;
    this.#count += 1;
    return taken;
  }
}

function rateOf(count: number): number {
  return Math.max(1, Math.ceil(count / MOST));
}
