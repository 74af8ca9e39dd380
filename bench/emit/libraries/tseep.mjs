/** tseep, which generates the code of each emitter. */
import { EventEmitter } from 'tseep';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = new EventEmitter();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.on('measured', listener.listener())),
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
