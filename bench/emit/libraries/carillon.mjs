/** Carillon's `emit`, as a program uses it: an InversifyJS container builds the listeners in a scope of their own. */
import { ScopedEmitter } from 'carillon';
import { createScope } from '../decorated.mjs';

/** @import { ListenerClass, Measured } from '../listeners.mjs' */

/** @param {readonly ListenerClass[]} classes */
export function createEmitter(classes) {
  const scope = createScope();
  const emitter = scope.get(ScopedEmitter);
  return { emitter, listeners: classes.map((ListenerOf) => scope.get(ListenerOf)) };
}

/**
 * @param {readonly ScopedEmitter[]} emitters
 * @param {Measured} event
 * @param {number} passes
 */
export function emitAll(emitters, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const emitter of emitters) emitter.emit(event);
  }
}
