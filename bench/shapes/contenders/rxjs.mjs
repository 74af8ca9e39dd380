/** A subject of RxJS. */
import { Subject } from 'rxjs';
import { listenerBuilder } from '../listeners.mjs';

export const createBuilder = listenerBuilder(
  () => new Subject(),
  (emitter, listener) => emitter.subscribe(listener),
);

/**
 * @param {readonly Subject<unknown>[]} emitters
 * @param {import('../classes.mjs').Measured} event
 * @param {number} passes
 */
export function sendAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.next(event);
  }
}
