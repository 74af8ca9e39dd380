/** Carillon for InversifyJS 7.5.2 and newer. */
export type { ApplicationOptions, Census } from '../application.js';
export { Audit, type AuditedHandler, type AuditedScope, type AuditedTask } from '../audit.js';
export type { ExplainedBinding, ExplainedHandler, Explanation, WiredHandler } from '../explanation.js';
export type { FillScope } from './activated-class.js';
export { audit } from './audit.js';
export { explain } from './explain.js';
export { openScope, scopeOf } from './open-scope.js';
export { type EventsOptions, events } from './plugin.js';
export type { ScopedContainer } from './scoped-container.js';
export { census, type StartReport, start, stop } from './start-stop.js';
