/** Times one case: as many operations as fill a round of the wished length. */

/**
 * @typedef {object} Case one thing that is measured
 * @property {string} name
 * @property {number} operations how many operations one pass is
 * @property {(passes: number) => void | Promise<void>} [prepare] what the passes need; takes no time
 * @property {(passes: number) => void | Promise<void>} run makes the passes and throws unless every handler was called
 */

/** Remembers how many passes of its case fill a round. */
export class Stopwatch {
  #passes = 1;

  /** @param {Case} subject */
  constructor(subject) {
    this.subject = subject;
  }

  /**
   * The nanoseconds that one operation takes, over a round of about so many milliseconds. Garbage collection is part of it.
   *
   * @param {number} milliseconds
   */
  async round(milliseconds) {
    const wished = milliseconds * 1e6;
    let time = await this.#time();
    while (time < wished / 2) {
      this.#passes *= time < wished / 20 ? 10 : 2;
      time = await this.#time();
    }
    const perPass = time / this.#passes;
    this.#passes = Math.max(1, Math.round(wished / perPass));
    return perPass / this.subject.operations;
  }

  async #time() {
    await this.subject.prepare?.(this.#passes);
    const start = process.hrtime.bigint();
    await this.subject.run(this.#passes);
    return Number(process.hrtime.bigint() - start);
  }
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : (upper + /** @type {number} */ (sorted[middle - 1])) / 2;
}
