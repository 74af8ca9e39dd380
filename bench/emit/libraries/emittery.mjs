/** emittery, whose emit is always asynchronous: each is awaited. */
import Emittery from 'emittery';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = new Emittery();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.on('measured', listener.listener())),
  };
}

/**
 * @param {readonly Emittery[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export async function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) await emitter.emit('measured', event);
  }
}
