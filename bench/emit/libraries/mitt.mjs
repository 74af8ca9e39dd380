/** mitt. */
import mitt from 'mitt';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  /** @type {import('mitt').Emitter<{ measured: Measured }>} */
  const emitter = mitt();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.on('measured', listener.listener())),
  };
}

/**
 * @param {readonly import('mitt').Emitter<{ measured: Measured }>[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
