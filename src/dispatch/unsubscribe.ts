/** What `on` and `subscribe` return: a function that undoes them, usable with `using`. */
import { DISPOSE } from './dispose-symbols.js';
import type { Handler } from './handler.js';

/** Unsubscribes; calling it again does nothing. */
export interface Unsubscribe {
  (): void;
  [Symbol.dispose](): void;
}

/** What is bound of a function has the function's prototype: 40 bytes, where a closure with a property of its own takes 128. */
const endHandler = /* @__PURE__ */ (() =>
  Object.setPrototypeOf(
    function (this: Handler) {
      this.end();
    },
    Object.create(Function.prototype, { [DISPOSE]: { value: callThis } }),
  ) as (this: Handler) => void)();

function callThis(this: () => void): void {
  this();
}

/** The undoing of one handler. */
export function unsubscribeOf(handler: Handler): Unsubscribe {
  return endHandler.bind(handler) as Unsubscribe;
}
