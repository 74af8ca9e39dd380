/** Functions that hear a class. */
import { createScope } from 'carillon';
import { Measured } from '../classes.mjs';
import { listenerBuilder } from '../listeners.mjs';

export { sendAll } from './class.mjs';

export const createBuilder = listenerBuilder(
  () => createScope().emitter,
  (emitter, listener) => emitter.on(Measured, listener),
);
