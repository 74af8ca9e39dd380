/** Methods that hear a token. */
import { defineEvent } from 'carillon';
import { emitBuilder } from '../carillon.mjs';

const MEASURED = defineEvent('measured');

export const createBuilder = emitBuilder(MEASURED);

/**
 * @param {readonly import('carillon').ScopedEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit(MEASURED, /** @type {never} */ (event));
  }
}
