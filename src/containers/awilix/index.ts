/** Carillon for awilix 13. */
export type { ServicesStart } from '../../application/adapter-application.js';
export type { ApplicationOptions, Census } from '../../application/application.js';
export {
  Audit,
  type AuditedHandler,
  type AuditedScope,
  type AuditedTask,
} from '../../application/audit.js';
export { addEvents, type EventsOptions } from './add-events.js';
export type { EventsCradle, ScopedContainer } from './hooked-container.js';
export { asClass, type ServiceClass } from './known-classes.js';
export { audit, census, openScope, quiesce, scopeOf, start, stop } from './scopes.js';
