/** What a program writes that knows its handlers. */
import { listenerBuilder } from '../listeners.mjs';

export const method = 'async';
export const emitterCounts = [1, 50];

/** @typedef {((event: never) => unknown)[]} Listeners */

export const createBuilder = listenerBuilder(
  () => /** @type {Listeners} */ ([]),
  (listeners, listener) => listeners.push(listener),
);

/**
 * @param {readonly Listeners[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export async function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters)
      await Promise.all(emitter.map((listener) => listener(/** @type {never} */ (event))));
  }
}
