/** What a service class may say. Pure metadata: importable anywhere. */
export { CarillonError, type ErrorCode } from './carillon-error.js';
export type { HandlerDeclaration } from './declaration.js';
export type { DeclarationPlace } from './declared-at.js';
export type { Delivery, MessageFacts } from './delivery.js';
export type { Duration } from './duration.js';
export type { EmitPolicy, Reentrancy } from './emit-policy.js';
export { Emits, type EmitsDecorator, type EmitsOptions } from './emits.js';
// A star: only what is exported by one can be merged into by an application.
export * from './event-key.js';
export { defineEvent } from './event-key.js';
export { EventType, type EventTypeOptions, type Upcast } from './event-type.js';
export { Every, type EveryOptions, type Schedule } from './every.js';
export type { GroupOptions } from './group-options.js';
export type { HandlerOptions } from './handler-options.js';
export {
  Deferred,
  type HandlerDecorator,
  type HandlerMethod,
  type InstanceMethod,
  type InstanceSide,
  On,
  Once,
  Subscribe,
} from './handlers.js';
export {
  type ListenedClass,
  Listener,
  type ListenerDecorator,
  type ListenerOptions,
} from './listener.js';
export type { HandlerClass, HandlerRef, OrderOptions } from './order-options.js';
export type {
  BatchOptions,
  DeferredPacingOptions,
  Paced,
  PacingOptions,
  ThrottleOptions,
} from './pacing-options.js';
export type { Signal, SignalShape } from './signal.js';
export type { DeferredTaskOptions, Overlap, TaskOptions } from './task-options.js';
export type {
  DeclaredOptions,
  DeferredOptions,
  OnceOptions,
  OnOptions,
  SubscribeOptions,
  Verb,
} from './verb-options.js';
export type { WhenFull } from './when-full.js';
export type {
  Backoff,
  BreakerOptions,
  ErrorMatch,
  RetryOptions,
  RetryRule,
  StableName,
  WorkOptions,
} from './work-options.js';
