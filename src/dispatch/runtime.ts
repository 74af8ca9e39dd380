/** What dispatch has to know of the scope that owns a handler, and of the program around it. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { Cause } from './cause.js';
import type { Clock } from './clock.js';
import type { MessageContext } from './delivery-context.js';
import type { RecursionError } from './errors.js';
import type { HandlerPlan } from './handler.js';
import type { Interceptor } from './interceptor.js';
import type { Run, Starter } from './run.js';
import type { Telemetry } from './telemetry.js';

/** Knows which run the code that asks belongs to, also after an `await` where the platform can tell. */
export interface RunContext {
  /** @internal Whether it has let go of a run once that has returned. */
  readonly forgetsRuns?: boolean;
  /** The run that the code that asks belongs to; `undefined` outside of any. */
  current(): Cause<Run> | undefined;
  /** Calls `action(run)` as a part of the run. */
  enter(run: Run, action: (run: Run) => unknown): unknown;
  /** Keeps the surroundings of the code that asks, where the platform has such a thing and a handler may run later. */
  capture?(): ContextSnapshot;
}

/** Sees every event that an application emits or publishes, for reports. While there is one, no emit takes the fast path. */
export interface Observer {
  /** A handler, as `Class.method`, has been called. */
  called(handler: string): void;
  /** An event has reached nobody. */
  unheard(event: string, payload: unknown, scope: string): void;
  /**
   * Something is sent, and nobody has heard it yet.
   *
   * @param accepted of a publish or a defer: settles as the caller's promise does, and rejects for what is refused
   */
  sent?(
    verb: SendVerb,
    event: EventKey,
    payload: unknown,
    scope: string,
    accepted?: Promise<unknown>,
  ): void;
  /** Around the delivery of an emit, in its own turn. Calls `next` once, and lets through what it throws. */
  emitting?(event: EventKey, payload: unknown, scope: string, next: () => void): void;
}

/** What may be sent too early. */
export type EarlyVerb = 'emit' | 'emitAsync' | 'publish' | 'defer';

/** Takes what is sent before the application has started. */
export interface EarlyEvents {
  /** Sends it later, or throws where it is refused. */
  take(verb: EarlyVerb, key: EventKey, send: () => void): void;
  /** Throws where it is refused, though it would be kept elsewhere. */
  check(verb: EarlyVerb, key: EventKey): void;
}

/** Reports events that reach nobody. */
export interface UnheardReports {
  report(done: 'emitted' | 'published', owner: HandlerOwner, event: EventKey): void;
}

/** Follows every scope below the application's. */
export interface ScopeTracker {
  opened(scope: HandlerOwner): void;
  owns(scope: HandlerOwner, instance: object): void;
  ended(scope: HandlerOwner): void;
}

/** How an event is sent. */
export type SendVerb = 'emit' | 'publish' | 'defer';

/** What the scopes of one application share. */
export interface Runtime {
  /** What tells the time and sets timers. */
  readonly clock: Clock;
  /** Knows which handler the code that asks runs for. */
  readonly context: RunContext;
  /** How many emits are under way, one inside the other. */
  depth: number;
  /** Up to which depth an emit may take the fast path: the depth limit, or -1 while something looks at every emit. See {@link refreshFastPath}. */
  fastPathDepth: number;
  /** For each level of the emits under way: what its event is called at its emitter, see {@link EmitLevels}. It holds nothing and costs little. */
  readonly levels: (number | string)[];
  /** What begins once a level of emits ends. */
  readonly postponed: { readonly level: number; readonly run: () => void }[];
  /** How deep emits may nest. */
  readonly depthLimit: number;
  /** Set from the moment in which emits nest too deep until all of them have returned. */
  overflow: RecursionError | undefined;
  /** When the first run was started of what the outermost emit has started: one reading of the clock for all of it. */
  startedAt: number | undefined;
  /** Whether the outermost emit leaves one of those two to be put back. */
  untidy: boolean;
  /** Set while what is emitted or published is not delivered yet. */
  early: EarlyEvents | undefined;
  /** Around every delivery, the first the outermost. */
  interceptors: readonly Interceptor[];
  /** Is told of each emit, while anybody records or watches. */
  observer: Observer | undefined;
  /** Follows messages, where they are traced or measured. */
  readonly telemetry: Telemetry | undefined;
  /** Where what reaches nobody is reported. */
  readonly unheard: UnheardReports | undefined;
  /** The message whose handler is being called, where that handler has no run: a plain one takes nothing but the payload. */
  currentMessage: { readonly context: MessageContext } | undefined;
  /** Follows scopes, where leaks are looked for. */
  leaks: ScopeTracker | undefined;
  /** How a handler is run that is not simply called; asked once for each plan. */
  adapt(plan: HandlerPlan): Starter | undefined;
  /** Takes every error that no caller takes. Never throws. */
  report(error: CarillonError): void;
  /** Whether this error is the first one of the event from the place that has just emitted it too late. */
  isNewLateEmit(event: EventKey, error: CarillonError): boolean;
  /** The next place in the order of wiring. */
  nextSequence(): number;
}

/** The owner's side of a handler. */
export interface HandlerOwner {
  readonly name: string;
  /** Its name behind those of the scopes above: `'application/request 7'`. */
  readonly path: string;
  /** @internal What the scopes of one application share. */
  readonly runtime: Runtime;
  /** Once it is not `'open'`, no handler starts any more. */
  readonly state: 'open' | 'ending' | 'ended';
  /** @internal The runs that have not settled. */
  readonly runs: Iterable<Run>;
  /** @internal Counts a run among those; again, where it is counted, changes nothing. */
  runStarted(run: Run): void;
  /** @internal Called when a run has settled. */
  runSettled(run: Run): void;
  /** @internal Calls back in the turn in which no handler starts any more; returns the undoing. */
  atClose(action: () => void): () => void;
}

/** Calls the action in the surroundings that it was made in. */
export type ContextSnapshot = <T>(action: () => T) => T;

/** Calls the action in those surroundings, if any were kept. */
export function runInSnapshot<T>(snapshot: ContextSnapshot | undefined, action: () => T): T {
  return snapshot === undefined ? action() : snapshot(action);
}

/** Decides whether an emit may take the fast path: called after each change of `early`, `interceptors`, `observer` or `overflow`. */
export function refreshFastPath(runtime: Runtime): void {
  const { interceptors, observer, unheard, early, overflow } = runtime;
  const isWatched =
    interceptors.length > 0 || (observer ?? unheard ?? early ?? overflow) !== undefined;
  runtime.fastPathDepth = isWatched ? -1 : runtime.depthLimit;
}
