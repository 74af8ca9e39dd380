/** Waiting no longer than some milliseconds: for one thing, or for several that share the time. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';

/** One timer for all the waiting; it is made only when something has to be waited for. */
export class Deadline {
  passed = false;
  readonly #clock: Clock;
  readonly #milliseconds: number;
  #timer: unknown;
  #elapsed: Promise<undefined> | undefined;

  /** @param milliseconds counted from the first {@link race} */
  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  /** Settles as what is awaited, or resolves with `undefined` when the time is over. */
  race<T>(awaited: Promise<T>): Promise<T | undefined> {
    return Promise.race([awaited, this.elapsed()]);
  }

  /** Resolves when the time is over. */
  elapsed(): Promise<undefined> {
    this.#elapsed ??= new Promise((resolve) => {
      const pass = () => {
        this.passed = true;
        resolve(undefined);
      };
      this.#timer = setTimer(this.#clock, pass, this.#milliseconds);
    });
    return this.#elapsed;
  }

  cancel(): void {
    clearTimer(this.#clock, this.#timer);
  }
}

/** Settles as the promise does; rejects with what `late` makes when the milliseconds have passed before. */
export function within<T>(
  clock: Clock,
  milliseconds: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  const deadline = new Deadline(clock, milliseconds);
  const lateness = deadline.elapsed().then(() => {
    throw late();
  });
  return Promise.race([promise, lateness]).finally(() => deadline.cancel());
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
