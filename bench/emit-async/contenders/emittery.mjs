/** emittery's `emit`. */
import Emittery from 'emittery';

/** @import { Listener, Measured } from '../cases.mjs' */

/** @param {readonly Listener[]} listeners */
export function createSend(listeners) {
  const emitter = new Emittery();
  for (const listener of listeners)
    emitter.on('measured', (event) => listener.hear(event.data ?? event));
  return (/** @type {Measured} */ event) => emitter.emit('measured', event);
}
