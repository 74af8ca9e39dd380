/** eventemitter3, given the method and its instance, as it offers. */
import { EventEmitter } from 'eventemitter3';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = new EventEmitter();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) =>
      emitter.on('measured', listener.hear, listener),
    ),
  };
}

/**
 * @param {readonly EventEmitter[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
