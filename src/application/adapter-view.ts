/** Scopes, the bus and the queues as the adapter of a container sees them: with members that a user's completion does not offer. */
import type { EventBus } from '../bus/event-bus.js';
import type { Handler } from '../dispatch/handler.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { EventQueue } from '../queue/event-queue.js';
import type { QueueCounts } from '../queue/queue-provider.js';
import type { Scope, ScopeHost } from '../scope/scope.js';

/** A scope with what its container has to know and to do. Every {@link Scope} is one; see {@link adapterScope}. */
export interface AdapterScope extends Scope {
  readonly parent: AdapterScope | undefined;
  readonly children: readonly AdapterScope[];
  /** What the scopes of one application share: its clock, its error handler. */
  readonly runtime: Runtime;
  /** The container that the scope belongs to, for an adapter that has to find it. Only the adapter sets and reads it. */
  host: ScopeHost | undefined;
  /** Handlers by the instance that they belong to. */
  readonly instances: Map<object, readonly Handler[]>;
  /**
   * Refuses what comes too late.
   *
   * @throws CarillonError `CAR3001` when the scope has ended
   */
  assertOpen(): void;
  /** This scope and all below it that have not ended, children before parents and the youngest first. */
  tree(): AdapterScope[];
  /** Ends the handlers of some instances, before the container cleans them up. */
  disown(...instances: readonly object[]): void;
}

/** The bus of an application with its beginning. */
export interface AdapterBus extends EventBus {
  /**
   * Connects to the engine; resolves once everything that is wired is subscribed.
   *
   * @throws CarillonError `CAR5041` when the engine cannot be reached
   */
  start(): Promise<void>;
}

/** The queues of an application with their beginning and their end. */
export interface AdapterQueue extends EventQueue {
  /**
   * Begins to process what waits; resolves once every engine has subscribed.
   *
   * @throws CarillonError `CAR5018` when an engine cannot be reached
   */
  start(): Promise<void>;
  /** Resolves when the queues in memory that are processed automatically are empty and idle. */
  drained(besides?: (queue: string) => number): Promise<void>;
  /** What has been accepted and is not done, of each queue that is processed automatically. */
  undone(): Promise<readonly (QueueCounts & { readonly queue: string })[]>;
}

/**
 * The scope as the adapter of its container sees it.
 *
 * @param scope any scope of an application
 * @example
 * const above = adapterScope(scope);
 * const request = new Scope(above.runtime, { name: 'request' }, above);
 */
export function adapterScope(scope: Scope): AdapterScope {
  return scope;
}

/**
 * As {@link Scope.onDispose}, for the clean-up of a whole container: when the time of the end is over, the end goes on without it.
 *
 * @param scope the scope that the container belongs to
 * @param cleanup ends the container; runs when the handlers have settled
 * @param leave names what has not ended by then, for the report: `'@preDestroy of Database'`
 * @throws CarillonError `CAR3001` when the scope has ended
 * @example
 * cleanUpContainer(scope, () => container.destroyAll(), () => container.pending());
 */
export function cleanUpContainer(
  scope: AdapterScope,
  cleanup: () => void | Promise<void>,
  leave: () => readonly string[],
): void {
  scope.end.onDispose(cleanup, leave);
}
