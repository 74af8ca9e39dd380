/** eventemitter2 without wildcards. */
import EventEmitter2 from 'eventemitter2';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = new EventEmitter2({ maxListeners: 0 });
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.on('measured', listener.listener())),
  };
}

/**
 * @param {readonly EventEmitter2[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
