/** What a service class may say. Pure metadata: importable anywhere. */
export { CarillonError, type ErrorCode } from './carillon-error.js';
export type { DeferredOptions, HandlerClass, HandlerDeclaration, HandlerRef, OrderOptions, Verb } from './declaration.js';
export { defineEvent } from './define-event.js';
// A star: only what is exported by one can be merged into by an application.
export * from './event-key.js';
export { EventType, type EventTypeOptions, type Upcast } from './event-type.js';
export { Deferred, type HandlerDecorator, type InstanceSide, On, Once, Subscribe } from './handlers.js';
