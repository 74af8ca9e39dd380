/** Methods that hear a topic. */
import { emitBuilder } from '../carillon.mjs';

export const createBuilder = emitBuilder('bench.measured');

/**
 * @param {readonly import('carillon').ScopedEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('bench.measured', event);
  }
}
