/** Methods that take their delivery. */
export { createBuilder, sendAll } from './class.mjs';

export const method = 'delivery';
