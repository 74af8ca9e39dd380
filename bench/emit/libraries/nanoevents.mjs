/** nanoevents. */
import { createNanoEvents } from 'nanoevents';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = createNanoEvents();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.on('measured', listener.listener())),
  };
}

/**
 * @param {readonly import('nanoevents').Emitter[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
