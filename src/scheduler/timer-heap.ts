/** Timers in the order in which they fire: a heap. Looking and cancelling take constant time, setting logarithmic time. */

/** One timer. */
export interface Timer {
  /** Of two timers for the same time, the one that was set first fires first. */
  readonly sequence: number;
  /** Cleared when it fires or is cancelled. */
  callback: (() => void) | undefined;
  /** Where it waits. */
  place: 'heap' | 'next tick' | 'nowhere';
}

/** Children per node: fewer timers move than with two, and their times are adjacent in memory. */
const FANOUT = 4;

/** Below this many cancelled timers a sweep is not worth it. */
const LEAST_SWEEP = 64;

/**
 * The earliest timer is at the top (Williams, "Algorithm 232: Heapsort", 1964; with more children per node, Johnson, 1975).
 *
 * A cancelled timer stays until it comes to the top, or until half of all timers are cancelled: so no timer has to know its position, and
 * none is touched when another one moves.
 */
export class TimerHeap {
  readonly #timers: Timer[] = [];
  /** The time of each. */
  readonly #times: number[] = [];
  #cancelled = 0;

  get size(): number {
    return this.#timers.length - this.#cancelled;
  }

  /** The time of the earliest; `undefined` where there is none. */
  get next(): number | undefined {
    while (this.#cancelled > 0 && this.#timers[0]?.callback === undefined) this.#drop();
    return this.#times[0];
  }

  push(timer: Timer, at: number): void {
    this.#timers.push(timer);
    this.#times.push(at);
    this.#rise(timer, at);
  }

  /** Takes the earliest, if it fires by that time. */
  take(time: number): Timer | undefined {
    for (;;) {
      const at = this.#times[0];
      if (at === undefined || at > time) return undefined;
      const timer = this.#timers[0] as Timer;
      if (timer.callback === undefined) this.#drop();
      else {
        this.#shift();
        return timer;
      }
    }
  }

  /** One of its timers was cancelled: its callback is cleared. */
  cancelled(): void {
    this.#cancelled += 1;
    if (this.#cancelled > LEAST_SWEEP && this.#cancelled * 2 > this.#timers.length) this.#sweep();
  }

  #drop(): void {
    this.#shift();
    this.#cancelled -= 1;
  }

  #shift(): void {
    const timer = this.#timers.pop() as Timer;
    const at = this.#times.pop() as number;
    if (this.#timers.length > 0) this.#sink(timer, at, 0);
  }

  #sweep(): void {
    let kept = 0;
    for (const [index, timer] of this.#timers.entries()) {
      if (timer.callback === undefined) continue;
      this.#put(timer, this.#times[index] as number, kept);
      kept += 1;
    }
    // The arrays are kept: replacing them would discard the code that V8 has compiled for them.
    this.#timers.length = kept;
    this.#times.length = kept;
    this.#cancelled = 0;
    for (let index = Math.floor((kept - 2) / FANOUT); index >= 0; index -= 1) {
      this.#sink(this.#timers[index] as Timer, this.#times[index] as number, index);
    }
  }

  #rise(timer: Timer, at: number): void {
    let index = this.#timers.length - 1;
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

  /** The earliest of the siblings from `first` on. */
  #earliest(first: number): number {
    const end = Math.min(first + FANOUT, this.#timers.length);
    let earliest = first;
    for (let other = first + 1; other < end; other += 1) {
      if (this.#comesBefore(this.#timers[other] as Timer, this.#times[other] as number, earliest))
        earliest = other;
    }
    return earliest;
  }

  #put(timer: Timer, at: number, index: number): void {
    this.#timers[index] = timer;
    this.#times[index] = at;
  }

  #comesBefore(timer: Timer, at: number, other: number): boolean {
    const time = this.#times[other] as number;
    return at < time || (at === time && timer.sequence < (this.#timers[other] as Timer).sequence);
  }
}
