/**
 * The public surface. What belongs to one container is under a path of its own, such as `carillon/inversify`; so is what only an engine needs, as
 * `carillon/engine`, for every program would load it.
 */
export * from '../decorators/index.js';
export { Events } from './application/events.js';
export type { BusProvider } from './bus/bus-backend.js';
export { EventBus } from './bus/event-bus.js';
export type { Clock } from './dispatch/clock.js';
export type { EmitAsyncOptions, EmitOptions, Strategy } from './dispatch/emit-options.js';
export { ScopedEmitter } from './dispatch/emitter.js';
export {
  AbandonedError,
  type AbandonedHandlerName,
  EmitError,
  type EmitFailure,
  HandlerError,
  type HandlerFailure,
  type Recursion,
  RecursionError,
  type RecursionStep,
} from './dispatch/errors.js';
export type { InterceptedDelivery, Interceptor } from './dispatch/interceptor.js';
export type { IterateOptions } from './dispatch/iterate.js';
export type { Observer, SendVerb } from './dispatch/runtime.js';
export type {
  MeasuredApplication,
  MessageTrace,
  Processing,
  QueueNumbers,
  Sending,
  Settlement,
  Telemetry,
} from './dispatch/telemetry.js';
export type { Unsubscribe } from './dispatch/unsubscribe.js';
export type { WaitOptions } from './dispatch/wait-for.js';
export type { PayloadReader } from './events/payload-reader.js';
export type { JsonLimits } from './events/safe-json.js';
export type { DeadMessage, InspectedMessage } from './queue/backend.js';
export { DeadLetters } from './queue/dead-letters.js';
export type { DeferOptions } from './queue/defer-options.js';
export { type DeferEntry, EventQueue } from './queue/event-queue.js';
export type { ProcessOptions, ProcessResult } from './queue/memory/process.js';
export type { QueueOptions, QueueProvider, QueuesOptions } from './queue/queue-options.js';
export type {
  DeadLetter,
  DeadLetterFilter,
  DeathReason,
  Failure,
  Inbox,
  MessageStatus,
  OnRetry,
  QueueCapabilities,
  QueueCounts,
} from './queue/queue-provider.js';
export type { Receipt, StoredMessage } from './queue/receipt.js';
export { UnrecoverableError } from './queue/retry-policy.js';
export { type RealTimeOptions, realTime } from './scheduler/clocks.js';
export { all, race, type Winner } from './scheduler/combine.js';
export { type FixedStepClock, type FixedStepOptions, fixedStep } from './scheduler/fixed-step.js';
export { type ManualClock, manualClock, type StartDate } from './scheduler/manual-clock.js';
export { spawn, type Task, type TaskState } from './scheduler/task.js';
export type { TaskClock } from './scheduler/task-host.js';
export type { Awaitable, Coroutine, Wait, Waitable } from './scheduler/wait.js';
export { nextTick, settled, sleep, until, when } from './scheduler/waits.js';
export type { IncomingEvent } from './scope/bridges/bridge.js';
export {
  type EventEmitterSource,
  type EventEmitterTarget,
  fromEventEmitter,
  toEventEmitter,
} from './scope/bridges/event-emitter.js';
export {
  type EventTargetSink,
  type EventTargetSource,
  fromEventTarget,
  toEventTarget,
} from './scope/bridges/event-target.js';
export {
  type EventObservable,
  type EventObserver,
  fromObservable,
  type ObservableSource,
  type ObserverSubscription,
  toObservable,
} from './scope/bridges/observable.js';
export { type CreateScopeOptions, createScope } from './scope/create-scope.js';
export {
  type AbandonedHandler,
  DisposalError,
  type DisposalReport,
} from './scope/disposal-report.js';
export type { LeakOptions } from './scope/leak-tracker.js';
export type { Lease } from './scope/lease.js';
export { Scope } from './scope/scope.js';
export type { DisposeOptions, ScopeOptions } from './scope/scope-options.js';
