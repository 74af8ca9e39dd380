/** Carillon for InversifyJS 7.5.2 and newer. */
export type { ApplicationOptions, Census } from '../../application/application.js';
export {
  Audit,
  type AuditedHandler,
  type AuditedScope,
  type AuditedTask,
} from '../../application/audit.js';
export type {
  ExplainedBinding,
  ExplainedHandler,
  Explanation,
  WiredHandler,
} from '../../application/explanation.js';
export { explain } from './explain.js';
export { openScope, scopeOf } from './open-scope.js';
export type { FillScope } from './per-event-class.js';
export { type EventsOptions, events } from './plugin.js';
export { quiesce } from './quiesce.js';
export type { ScopedContainer } from './scoped-container.js';
export {
  type FailedService,
  type SkippedService,
  StartError,
  type StartOptions,
  type StartReport,
} from './start-report.js';
export { audit, census, start, stop } from './start-stop.js';
