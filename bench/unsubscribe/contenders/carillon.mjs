/** A scope's emitter. */
import 'reflect-metadata';
import { ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';

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
