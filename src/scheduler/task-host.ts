/** What a waiting task has around it: its scope, its clock, and how its code is entered again. */
import type { Clock } from '../dispatch/handler-owner.js';
import type { Scope } from '../scope/scope.js';

/** A clock that says how long a tick is, where it has ticks only because it is asked for them. */
export interface TaskClock extends Clock {
  /** Milliseconds until the next tick. Default 0: as soon as the clock calls back. */
  readonly tickLength?: number;
}

/** Platforms ring a timer of more than 2³¹ - 1 ms at once. */
const LONGEST = 2 ** 31 - 1;

/** The world of one task. */
export class TaskHost {
  readonly #clock: TaskClock;

  constructor(
    readonly scope: Scope,
    /** Runs a part of the task as what started it was run. */
    readonly enter: (action: () => void) => void,
  ) {
    this.#clock = scope.runtime.clock;
  }

  /** Calls back in the next tick; returns the undoing. */
  nextTick(callback: () => void): () => void {
    return this.after(this.#clock.tickLength ?? 0, callback);
  }

  /** Calls back after so many milliseconds; returns the undoing. */
  after(delay: number, callback: () => void): () => void {
    return ringAfter(this.#clock, delay, callback);
  }
}

/** Calls back once after any time, also one that is longer than the platform's timers; returns the undoing. */
export function ringAfter(clock: Clock, delay: number, callback: () => void): () => void {
  const end = clock.now() + delay;
  let timer: unknown;
  const arm = (left: number) => {
    timer = left > LONGEST ? clock.schedule(() => arm(end - clock.now()), LONGEST) : clock.schedule(callback, left);
  };
  arm(delay);
  return () => clock.cancel(timer);
}
