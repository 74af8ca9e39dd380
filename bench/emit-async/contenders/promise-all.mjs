/** What a program writes that knows its listeners. */

/** @import { Listener, Measured } from '../cases.mjs' */

/** @param {readonly Listener[]} listeners */
export function createSend(listeners) {
  return (/** @type {Measured} */ event) =>
    Promise.all(listeners.map((listener) => listener.hear(event)));
}
