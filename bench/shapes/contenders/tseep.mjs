/** tseep, which generates code for each emitter. */
import { EventEmitter } from 'tseep';
import { listenerBuilder } from '../listeners.mjs';

export const createBuilder = listenerBuilder(
  () => new EventEmitter(),
  (emitter, listener) => emitter.on('measured', listener),
);

/**
 * @param {readonly EventEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
