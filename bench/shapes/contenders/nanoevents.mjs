/** nanoevents: the yardstick. */
import { createNanoEvents } from 'nanoevents';
import { listenerBuilder } from '../listeners.mjs';

export const createBuilder = listenerBuilder(createNanoEvents, (emitter, listener) =>
  emitter.on('measured', listener),
);

/**
 * @param {readonly import('nanoevents').Emitter[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit('measured', event);
  }
}
