/** eventemitter3, given the method and its instance, as it offers. */
import { EventEmitter } from 'eventemitter3';
import { listenerBuilder } from '../listeners.mjs';

export const createBuilder = listenerBuilder(
  () => new EventEmitter(),
  (emitter, _, handler, { method }) =>
    emitter.on('measured', Reflect.get(handler, method), handler),
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
