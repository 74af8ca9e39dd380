/** Node's own emitter. */
import { EventEmitter } from 'node:events';

export function createEmitter() {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    /** @param {() => void} handler */
    on: (handler) => {
      emitter.on('rang', handler);
      return () => emitter.off('rang', handler);
    },
    emit: () => void emitter.emit('rang'),
  };
}
