/** An RxJS subject. */
import { Subject } from 'rxjs';
import { subscribeEach } from '../listeners.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const emitter = new Subject();
  return {
    emitter,
    listeners: subscribeEach(classes, (listener) => emitter.subscribe(listener.listener())),
  };
}

/**
 * @param {readonly Subject<Measured>[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.next(event);
  }
}
