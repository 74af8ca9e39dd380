/** A scope's emitter. */
import 'reflect-metadata';
import { ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';

export function createEmitter() {
  const container = new Container();
  container.register(events());
  const emitter = container.get(ScopedEmitter);
  return {
    /**
     * @param {string} pattern
     * @param {() => void} handler
     */
    on: (pattern, handler) => void emitter.on(pattern, handler),
    /** @param {string} topic */
    emit: (topic) => emitter.emit(topic, 1),
  };
}
