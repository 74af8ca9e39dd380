/** Asynchronous methods that are waited for. */
export { createBuilder } from './class.mjs';

export const method = 'async';
export const emitterCounts = [1, 50];

/**
 * @param {readonly import('carillon').ScopedEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export async function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) await emitter.emitAsync(event);
  }
}
