/** nanoevents with handlers that a container builds. */
import { createNanoEvents } from 'nanoevents';
import { containerBuilder } from '../listeners.mjs';

export { sendAll } from './nanoevents.mjs';

export const createBuilder = containerBuilder(createNanoEvents, (emitter, listener) =>
  emitter.on('measured', listener),
);
