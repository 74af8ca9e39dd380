/** What the adapter of a container is built on; `docs/adapters.md` tells how. */
export type { Runtime } from '../dispatch/handler-owner.js';
export type { PlanCache } from '../dispatch/handler-plan.js';
export { HOST, type ScopeHost } from '../scope/host.js';
export { Application, type ApplicationOptions, type Census } from './application.js';
