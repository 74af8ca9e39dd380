/** Carillon on Node: the context of asynchronous code. */
export type { RunContext } from '../../dispatch/runtime.js';
export { asyncContext } from './async-context.js';
