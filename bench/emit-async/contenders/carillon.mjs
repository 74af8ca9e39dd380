/** `emitAsync` of a scope. */
import 'reflect-metadata';
import { ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';
import { Measured } from '../cases.mjs';

/** @import { Listener } from '../cases.mjs' */

/** @param {readonly Listener[]} listeners */
export function createSend(listeners) {
  const container = new Container();
  container.register(events());
  const emitter = container.get(ScopedEmitter);
  for (const listener of listeners) emitter.on(Measured, (event) => listener.hear(event));
  return (/** @type {Measured} */ event) => emitter.emitAsync(event);
}
