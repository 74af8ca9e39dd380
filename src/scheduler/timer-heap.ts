/** Timers in the order in which they ring: a binary heap, in which looking costs nothing and setting or cancelling a logarithm. */

/** One timer; its place in the heap is -1 while it is in none. */
export interface Timer {
  readonly at: number;
  /** Of two timers for the same moment the one that was set first rings first. */
  readonly sequence: number;
  callback: (() => void) | undefined;
  index: number;
}

/** The earliest timer is at the top (Williams, "Algorithm 232: Heapsort", 1964). */
export class TimerHeap {
  readonly #timers: Timer[] = [];

  get size(): number {
    return this.#timers.length;
  }

  peek(): Timer | undefined {
    return this.#timers[0];
  }

  push(timer: Timer): void {
    this.#timers.push(timer);
    this.#rise(timer, this.#timers.length - 1);
  }

  remove(timer: Timer): void {
    const { index } = timer;
    const last = this.#timers.pop() as Timer;
    timer.index = -1;
    if (last === timer) return;
    this.#sink(last, index);
    this.#rise(last, last.index);
  }

  #rise(timer: Timer, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#timers[above] as Timer;
      if (!isEarlier(timer, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(timer, index);
  }

  #sink(timer: Timer, from: number): void {
    let index = from;
    for (let below = 2 * index + 1; below < this.#timers.length; below = 2 * index + 1) {
      const [left, right] = [this.#timers[below] as Timer, this.#timers[below + 1]];
      const child = right !== undefined && isEarlier(right, left) ? right : left;
      if (!isEarlier(child, timer)) break;
      const hole = child.index;
      this.#put(child, index);
      index = hole;
    }
    this.#put(timer, index);
  }

  #put(timer: Timer, index: number): void {
    this.#timers[index] = timer;
    timer.index = index;
  }
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
