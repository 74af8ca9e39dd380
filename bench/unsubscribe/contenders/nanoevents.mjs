/** nanoevents. */
import { createNanoEvents } from 'nanoevents';

export function createEmitter() {
  const emitter = createNanoEvents();
  return {
    /** @param {() => void} handler */
    on: (handler) => emitter.on('rang', handler),
    emit: () => emitter.emit('rang'),
  };
}
