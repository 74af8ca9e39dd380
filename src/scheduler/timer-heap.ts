/** Timers in the order in which they ring: a heap, in which looking costs nothing and setting or cancelling a logarithm. */

/** One timer. */
export interface Timer {
  /** Of two timers for the same moment the one that was set first rings first. */
  readonly sequence: number;
  callback: (() => void) | undefined;
  /** Its place in the heap; less than 0 while it is in none. */
  index: number;
}

/** Each place has so many below it: fewer timers are moved than with two, and their times stand side by side. */
const FANOUT = 4;

/** The earliest timer is at the top (Williams, "Algorithm 232: Heapsort", 1964; with more below each place, Johnson, 1975). */
export class TimerHeap {
  readonly #timers: Timer[] = [];
  /** When each of them rings: side by side, so that finding a place does not read the timers themselves. */
  readonly #times: number[] = [];

  get size(): number {
    return this.#timers.length;
  }

  /** When the earliest rings; `undefined` where there is none. */
  get next(): number | undefined {
    return this.#times[0];
  }

  push(timer: Timer, at: number): void {
    this.#timers.push(timer);
    this.#times.push(at);
    this.#rise(timer, at, this.#timers.length - 1);
  }

  /** Takes the earliest, if it rings by then. */
  take(time: number): Timer | undefined {
    const next = this.#times[0];
    if (next === undefined || next > time) return undefined;
    const timer = this.#timers[0] as Timer;
    this.remove(timer);
    return timer;
  }

  remove(timer: Timer): void {
    const { index } = timer;
    const last = this.#timers.pop() as Timer;
    const at = this.#times.pop() as number;
    timer.index = -1;
    if (last === timer) return;
    this.#sink(last, at, index);
    this.#rise(last, at, last.index);
  }

  #rise(timer: Timer, at: number, from: number): void {
    let index = from;
    while (index > 0) {
      const above = ((index - 1) / FANOUT) | 0;
      if (!this.#comesBefore(timer, at, above)) break;
      this.#put(this.#timers[above] as Timer, this.#times[above] as number, index);
      index = above;
    }
    this.#put(timer, at, index);
  }

  #sink(timer: Timer, at: number, from: number): void {
    let index = from;
    for (let first = FANOUT * index + 1; first < this.#timers.length; first = FANOUT * index + 1) {
      const child = this.#earliest(first);
      if (this.#comesBefore(timer, at, child)) break;
      this.#put(this.#timers[child] as Timer, this.#times[child] as number, index);
      index = child;
    }
    this.#put(timer, at, index);
  }

  /** Of those side by side from there on. */
  #earliest(first: number): number {
    const end = Math.min(first + FANOUT, this.#timers.length);
    let earliest = first;
    for (let other = first + 1; other < end; other += 1) {
      if (this.#comesBefore(this.#timers[other] as Timer, this.#times[other] as number, earliest)) earliest = other;
    }
    return earliest;
  }

  #put(timer: Timer, at: number, index: number): void {
    this.#timers[index] = timer;
    this.#times[index] = at;
    timer.index = index;
  }

  #comesBefore(timer: Timer, at: number, other: number): boolean {
    const time = this.#times[other] as number;
    return at < time || (at === time && timer.sequence < (this.#timers[other] as Timer).sequence);
  }
}
