/** What `on` and `subscribe` return: a function that undoes them, usable with `using`. */
import { DISPOSE } from './dispose-symbols.js';
import type { Handler } from './handler.js';

/** Unsubscribes; calling it again does nothing. */
export interface Unsubscribe {
  (): void;
  [Symbol.dispose](): void;
}

/** The undoing of one handler. */
export function unsubscribeOf(handler: Handler): Unsubscribe {
  const unsubscribe = (() => handler.end()) as unknown as Unsubscribe & Record<symbol, () => void>;
  unsubscribe[DISPOSE] = unsubscribe;
  return unsubscribe;
}
