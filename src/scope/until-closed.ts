/** Waiting no longer than a scope is open. */
import type { Scope } from './scope.js';

/** Settles as the promise does, or resolves with `undefined` as soon as the scope begins to end. What it rejects with after that is dropped. */
export function untilClosed<T>(scope: Scope, promise: Promise<T>): Promise<T | undefined> {
  let forget: (() => void) | undefined;
  const closed = new Promise<undefined>((resolve) => {
    forget = scope.atClose(() => resolve(undefined));
  });
  return Promise.race([promise, closed]).finally(forget);
}
