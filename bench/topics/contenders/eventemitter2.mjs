/** eventemitter2 with its wildcards. */
import eventemitter2 from 'eventemitter2';

export function createEmitter() {
  const emitter = new eventemitter2.EventEmitter2({
    wildcard: true,
    delimiter: '.',
    maxListeners: 0,
  });
  return {
    /**
     * @param {string} pattern
     * @param {() => void} handler
     */
    on: (pattern, handler) => void emitter.on(pattern, handler),
    /** @param {string} topic */
    emit: (topic) => void emitter.emit(topic, 1),
  };
}
