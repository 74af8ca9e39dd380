/** The timers of a clock that moves in ticks, and the order in which they fire in a tick. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type Timer, TimerHeap } from './timer-heap.js';

const NONE: readonly Timer[] = [];

/** A timer that is set during a tick never fires in it, so that no tick is endless. */
export class TickTimers {
  now = 0;
  readonly #heap = new TimerHeap();
  /** Set without a delay: they fire in the next tick, before all others. */
  #next: Timer[] = [];
  #nextCancelled = 0;
  #sequence = 0;
  #isTicking = false;

  get pending(): number {
    return this.#heap.size + this.#next.length - this.#nextCancelled;
  }

  /** The time of the earliest; `undefined` where none is set. */
  get next(): number | undefined {
    return this.#next.length > this.#nextCancelled ? this.now : this.#heap.next;
  }

  schedule(callback: () => void, delay: number): Timer {
    const at = this.now + delay;
    const isLater = at > this.now;
    const timer: Timer = {
      sequence: this.#sequence++,
      callback,
      place: isLater ? 'heap' : 'next tick',
    };
    if (isLater) this.#heap.push(timer, at);
    else this.#next.push(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    if (timer.callback === undefined) return;
    timer.callback = undefined;
    if (timer.place === 'heap') this.#heap.cancelled();
    else if (timer.place === 'next tick') this.#nextCancelled += 1;
  }

  /**
   * One tick: the clock is set to `time`, `simulate` runs, and the timers that are due fire.
   *
   * @throws CarillonError `CAR6005` when called inside a tick; else the first error of a callback, after all have run
   */
  tick(time: number, simulate?: () => void): void {
    if (this.#isTicking)
      throw new CarillonError(
        'CAR6005',
        'The clock was moved from inside of a tick. Move it in one place only.',
      );
    const errors: unknown[] = [];
    const due = this.#takeNext();
    this.#isTicking = true;
    this.now = time;
    if (simulate !== undefined) attempt(simulate, errors);
    for (const timer of due) ring(timer, errors);
    for (let timer = this.#heap.take(time); timer !== undefined; timer = this.#heap.take(time))
      ring(timer, errors);
    this.#isTicking = false;
    if (errors.length > 0) throw errors[0];
  }

  #takeNext(): readonly Timer[] {
    if (this.#next.length === 0) return NONE;
    const next = this.#next;
    for (const timer of next) timer.place = 'nowhere';
    this.#next = [];
    this.#nextCancelled = 0;
    return next;
  }
}

function ring(timer: Timer, errors: unknown[]): void {
  const { callback } = timer;
  timer.callback = undefined;
  if (callback !== undefined) attempt(callback, errors);
}

function attempt(callback: () => void, errors: unknown[]): void {
  try {
    callback();
  } catch (error) {
    errors.push(error);
  }
}
