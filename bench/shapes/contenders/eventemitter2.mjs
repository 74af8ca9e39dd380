/** eventemitter2. */
import eventemitter2 from 'eventemitter2';
import { listenerBuilder } from '../listeners.mjs';

export const createBuilder = listenerBuilder(
  () => new eventemitter2.EventEmitter2({ maxListeners: 0 }),
  (emitter, listener) => emitter.on('measured', listener),
);

/**
 * @param {readonly import('eventemitter2').EventEmitter2[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
