/** A scope's emitter. */
import 'reflect-metadata';
import { Container } from 'inversify';
import { events } from '../../../dist/src/containers/inversify/index.js';
import { ScopedEmitter } from '../../../dist/src/index.js';

class Rang {}

export function createEmitter() {
  const container = new Container();
  container.register(events());
  const emitter = container.get(ScopedEmitter);
  return {
    /** @param {() => void} handler */
    on: (handler) => emitter.on(Rang, handler),
    emit: () => emitter.emit(new Rang()),
  };
}
