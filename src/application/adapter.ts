/** What the adapter of a container is built on; `docs/adapters.md` tells how. */

export type { PlanCache } from '../dispatch/handler-plan.js';
export type { Runtime } from '../dispatch/runtime.js';
export { HOST, type ScopeHost } from '../scope/scope.js';
export {
  type AdapterBus,
  type AdapterQueue,
  type AdapterScope,
  adapterScope,
  cleanUpContainer,
} from './adapter-view.js';
export { Application, type ApplicationOptions, type Census } from './application.js';
