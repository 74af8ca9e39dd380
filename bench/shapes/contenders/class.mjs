/** Methods that hear a class. */
import { emitBuilder } from '../carillon.mjs';
import { Measured } from '../classes.mjs';

export const createBuilder = emitBuilder(Measured);

/**
 * @param {readonly import('carillon').ScopedEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit(event);
  }
}
