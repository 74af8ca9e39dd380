/** What the adapter of a container is built on; `docs/adapters.md` tells how. */

export type { PlanCache } from '../dispatch/handler-plan.js';
export type { Runtime } from '../dispatch/runtime.js';
export { HOST, type ScopeHost } from '../scope/scope.js';
export {
  AdapterApplication,
  ApplicationScope,
  createApplication,
  type ServicesStart,
  type ServiceToStart,
} from './adapter-application.js';
export {
  type AdapterBus,
  type AdapterQueue,
  type AdapterScope,
  adapterScope,
  cleanUpContainer,
} from './adapter-view.js';
export { Application, type ApplicationOptions, type Census } from './application.js';
export type { AttachClassOptions, OpenedDelivery } from './attached-class.js';
export type { Audit, AuditedHandler, AuditedScope, AuditedTask } from './audit.js';
export type { BoundService, Lifetime, ServiceNeed } from './bound-service.js';
export { OPEN_SCOPE, type ScopeOpener } from './scope-opener.js';
