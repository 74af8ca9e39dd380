/** An emit that is awaited, although it has nothing to wait for: the yardstick of a publish. */
export { createBuilder } from './class.mjs';

export const emitterCounts = [1];

/**
 * @param {readonly import('carillon').ScopedEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export async function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) await emitter.emit(event);
  }
}
