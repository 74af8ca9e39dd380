/** The measure of all: a loop over the listeners, without a library. */
import { subscribeEach } from '../listeners.mjs';

/** @import { Listener, ListenerClass, Measured } from '../listeners.mjs' */

class Loop {
  /** @type {Listener[]} */
  targets = [];

  /** @param {Measured} event */
  emit(event) {
    const { targets } = this;
    for (let index = 0; index < targets.length; index += 1)
      /** @type {Listener} */ (targets[index]).hear(event);
  }
}

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = new Loop();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.targets.push(listener)),
  };
}

/**
 * @param {readonly Loop[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit(event);
  }
}
