/** Carillon on Node: the context of asynchronous code, and diagnostics channels. */
export type { RunContext } from '../../dispatch/runtime.js';
export { asyncContext } from './async-context.js';
export {
  diagnosticsChannels,
  type HandledMessage,
  type ScopeMessage,
  type SentMessage,
} from './diagnostics-channels.js';
