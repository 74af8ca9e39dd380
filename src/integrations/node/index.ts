/** Carillon on Node: the context of asynchronous code. */
export { asyncContext } from './async-context.js';
