/** A promise that does not keep anybody waiting longer than a given time. */
import type { Clock } from '../dispatch/handler-owner.js';

/** Settles as the promise does; rejects with what `late` makes when the milliseconds have passed before. */
export function within<T>(clock: Clock, milliseconds: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(() => reject(late()), milliseconds);
    promise.then(resolve, reject).finally(() => clock.cancel(timer));
  });
}
