/** Carillon's `emitAsync`, awaited: to be held against emittery. */

/** @import { ScopedEmitter } from 'carillon' */
/** @import { Measured } from '../listeners.mjs' */

export { createEmitter } from './carillon.mjs';

/**
 * @param {readonly ScopedEmitter[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export async function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) await emitter.emitAsync(event);
  }
}
