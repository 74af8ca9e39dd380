/** The end of the waiting, however many things are waited for. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';

/** One timer for all the waiting; it is made only when something has to be waited for. */
export class Deadline {
  passed = false;
  #timer: unknown;
  #elapsed: Promise<void> | undefined;

  /** @param drain milliseconds, counted from the first {@link race} */
  constructor(
    private readonly clock: Clock,
    private readonly drain: number,
  ) {}

  /** Resolves with what is awaited, or when the time is over. */
  race(awaited: Promise<unknown>): Promise<unknown> {
    this.#elapsed ??= new Promise((resolve) => {
      this.#timer = setTimer(
        this.clock,
        () => {
          this.passed = true;
          resolve();
        },
        this.drain,
      );
    });
    return Promise.race([awaited, this.#elapsed]);
  }

  cancel(): void {
    clearTimer(this.clock, this.#timer);
  }
}

/** Settles as the promise does; rejects with what `late` makes when the milliseconds have passed before. */
export function within<T>(
  clock: Clock,
  milliseconds: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimer(clock, () => reject(late()), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimer(clock, timer));
  });
}

/** Resolves once all of them have settled, or when the milliseconds have passed before; never rejects. */
export async function settledWithin(
  clock: Clock,
  milliseconds: number,
  promises: readonly Promise<unknown>[],
): Promise<void> {
  const deadline = new Deadline(clock, milliseconds);
  await deadline.race(Promise.allSettled(promises));
  deadline.cancel();
}
