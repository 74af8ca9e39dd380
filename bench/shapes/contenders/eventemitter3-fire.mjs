/** Asynchronous methods of eventemitter3, which does not know of promises. */
export { createBuilder } from './eventemitter3.mjs';

export const method = 'async';
export const emitterCounts = [1, 50];

/**
 * @param {readonly import('eventemitter3').EventEmitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export async function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) {
      emitter.emit('measured', event);
      await undefined;
    }
  }
}
