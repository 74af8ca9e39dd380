/** What only Node can do: the context of asynchronous code, kept for handlers and known after an `await`. */
export { asyncContext } from './async-context.js';
