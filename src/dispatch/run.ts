/** The record of one call of a handler, from its start until it has settled. */
import type { MessageFacts } from '../../decorators/delivery.js';
import { eventName } from '../../decorators/event-key.js';
import type { Signal } from '../../decorators/signal.js';
import { isThrown } from '../events/describe-thrown.js';
import { Cause } from './cause.js';
import type { DeliveryContext } from './delivery-context.js';
import { AbandonedError } from './errors.js';
import { abandonedError, type Handler, handlerError, handlerName } from './handler.js';
import type { InterceptedDelivery } from './interceptor.js';
import type { ContextSnapshot, HandlerOwner, Runtime } from './runtime.js';

interface AbortControllerShape {
  readonly signal: Signal;
  abort(reason: unknown): void;
}

/** Runs a handler in another way than by calling it. What it returns is the handler's value, or a promise of it. */
export type Starter = (run: Run) => unknown;

/** Takes the outcome of a run that could not be told at once. */
export interface RunSink {
  fulfilled(run: Run, value: unknown): void;
  rejected(run: Run, error: unknown): void;
}

/** Makes the error that a signal is aborted with: only where somebody asks, because its stack costs more than the end of a run. */
export type AbortReason = (run: Run) => Error;

/** What few runs have. */
class RunExtras {
  /** What led to this one, if it was started from inside another. */
  cause: Cause<Run> | undefined = undefined;
  /** What it is itself to those that it leads to. */
  own: Cause<Run> | undefined = undefined;
  /** The surroundings in which it was started, where they are kept. */
  snapshot: ContextSnapshot | undefined = undefined;
  /** The scope that was opened for it, where one was. */
  within: HandlerOwner | undefined = undefined;
  delivery: RunDelivery | undefined = undefined;
  controller: AbortControllerShape | undefined = undefined;
  abortReason: AbortReason | undefined = undefined;
}

/** Called once the promise of a run has settled. */
export interface RunFollowers {
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (error: unknown) => void;
}

/**
 * A handler that has started and not yet settled. There is one for each call that takes time, so it is kept small; one that nobody has seen serves the next
 * call of its handler as well.
 */
export class Run {
  // Only declared: to initialise fields, V8 calls a function.
  declare readonly handler: Handler;
  /** What the method is called on. */
  declare target: object | undefined;
  declare payload: unknown;
  declare deliveryContext: DeliveryContext | undefined;
  declare sink: RunSink;
  /** The sink's own number for it. */
  declare slot: number;
  declare startedAt: number;
  /** Its neighbours in the list of its scope. */
  declare previous: Run | undefined;
  declare next: Run | undefined;
  declare isListed: boolean;
  /** Whether the end of the scope went on without it. */
  declare abandoned: boolean;
  /** Whether somebody may still have it once it has settled. */
  declare isSeen: boolean;
  /** Made when its handler returns a promise. */
  declare followers: RunFollowers | undefined;
  declare private extras: RunExtras | undefined;

  constructor(
    handler: Handler,
    target: object | undefined,
    payload: unknown,
    deliveryContext: DeliveryContext | undefined,
    sink: RunSink,
    slot: number,
  ) {
    this.handler = handler;
    this.previous = undefined;
    this.next = undefined;
    this.isListed = false;
    this.abandoned = false;
    this.isSeen = !handler.owner.runtime.context.forgetsRuns;
    this.followers = undefined;
    this.extras = undefined;
    this.start(target, payload, deliveryContext, sink, slot);
  }

  /** Once more, for another call of its handler. */
  start(
    target: object | undefined,
    payload: unknown,
    deliveryContext: DeliveryContext | undefined,
    sink: RunSink,
    slot: number,
  ): void {
    this.target = target;
    this.payload = payload;
    this.deliveryContext = deliveryContext;
    this.sink = sink;
    this.slot = slot;
    const { runtime } = this.handler.owner;
    const { context } = runtime;
    this.startedAt = startTime(runtime);
    const cause = context.current();
    if (cause !== undefined) this.obtainExtras().cause = cause;
    if (context.capture !== undefined) this.obtainExtras().snapshot = context.capture();
  }

  /** It has settled and told so: what is left of it may serve the next call of its handler, where nobody else has it. */
  retire(): void {
    const { handler } = this;
    if (this.isSeen || this.abandoned || this.extras !== undefined || !handler.active) return;
    this.deliveryContext = undefined;
    this.sink = REPORTING;
    handler.spareRun = this;
  }

  /** What it is to those that it leads to: they may outlive it, and must not hold it. */
  get asCause(): Cause<Run> {
    const extras = this.obtainExtras();
    extras.own ??= new Cause(this.isListed ? this : undefined, extras.cause);
    return extras.own;
  }

  get snapshot(): ContextSnapshot | undefined {
    return this.extras?.snapshot;
  }

  get within(): HandlerOwner | undefined {
    return this.extras?.within;
  }

  /** What the handler may take as its second parameter. */
  get delivery(): RunDelivery {
    const extras = this.obtainExtras();
    extras.delivery ??= new RunDelivery(this.handler, this.payload, this.deliveryContext, this);
    return extras.delivery;
  }

  get signal(): Signal {
    const extras = this.obtainExtras();
    if (extras.controller === undefined) {
      const platform = globalThis as unknown as { AbortController: new () => AbortControllerShape };
      extras.controller = new platform.AbortController();
      if (extras.abortReason !== undefined) extras.controller.abort(extras.abortReason(this));
    }
    return extras.controller.signal;
  }

  /** Its outcome goes there. */
  answerTo(sink: RunSink, slot: number): void {
    this.sink = sink;
    this.slot = slot;
  }

  /** It runs in a scope that was opened for it. */
  enterScope(scope: HandlerOwner): void {
    this.obtainExtras().within = scope;
  }

  /** It goes on where something else began. */
  continueIn(snapshot: ContextSnapshot | undefined): void {
    if (snapshot !== undefined) this.obtainExtras().snapshot = snapshot;
  }

  /** Aborts its signal, also one that is asked for later. */
  abort(reason: AbortReason): void {
    const extras = this.obtainExtras();
    extras.abortReason = reason;
    if (this.deliveryContext !== undefined) this.deliveryContext.aborted = true;
    extras.controller?.abort(reason(this));
  }

  /** It is over: whoever still has it has no more than its names. */
  letGo(): void {
    this.target = undefined;
    this.payload = undefined;
    this.extras?.own?.settle();
  }

  /** Goes on without it: whoever waits for it gets an error, and what it still does is dropped. */
  abandon(): void {
    this.abandoned = true;
    this.handler.owner.runSettled(this);
    // Which would not report it.
    if (this.sink !== REPORTING) this.sink.rejected(this, abandonedError(this.handler));
  }

  private obtainExtras(): RunExtras {
    this.extras ??= new RunExtras();
    return this.extras;
  }
}

/** All that one emit starts has one time: the reading of a clock costs as much as the call of several handlers. */
function startTime(runtime: Runtime): number {
  if (runtime.depth === 0) return runtime.clock.now();
  if (runtime.startedAt === undefined) {
    runtime.startedAt = runtime.clock.now();
    runtime.untidy = true;
  }
  return runtime.startedAt;
}

/** Gives a late failure to the error handler of the application; a run that was left behind stands in the disposal's report. */
export const REPORTING: RunSink = {
  fulfilled: () => undefined,
  rejected: ({ handler }, error) => {
    if (!isThrown(error, AbandonedError)) reportFailure(handler, error);
  },
};

/** Hands a failure to the application's error handler. */
export function reportFailure(handler: Handler, error: unknown): void {
  handler.owner.runtime.report(handlerError(handler, error));
}

/** Makes the run of a delivery. */
export type RunSource = (delivery: RunDelivery) => Run;

/**
 * The delivery that a handler may take as its second parameter. It looks everything up when it is asked. There is one for each handler and not one for an emit, because it names its handler
 * also after an `await`.
 */
export class RunDelivery implements InterceptedDelivery {
  // Only declared, and not private by `#`: to initialise fields, V8 calls a function, which costs more than the call of a handler.
  declare readonly payload: unknown;
  /** @internal */
  declare readonly entry: Handler;
  /** @internal */
  declare readonly deliveryContext: DeliveryContext | undefined;
  /** @internal Its run, or what makes one as soon as something needs it. */
  declare source: Run | RunSource;

  constructor(
    entry: Handler,
    payload: unknown,
    deliveryContext: DeliveryContext | undefined,
    source: Run | RunSource,
  ) {
    this.entry = entry;
    this.payload = payload;
    this.deliveryContext = deliveryContext;
    this.source = source;
  }

  /** @internal */
  get run(): Run {
    const { source } = this;
    if (typeof source !== 'function') return source;
    const run = source(this);
    this.source = run;
    return run;
  }

  get event(): string {
    return eventName(this.deliveryContext?.key ?? this.entry.plan.event);
  }

  get verb(): string {
    return this.entry.plan.verb;
  }

  get handler(): string {
    return handlerName(this.entry.plan);
  }

  get scope(): string {
    const { entry, source } = this;
    const within = typeof source === 'function' ? undefined : source.within;
    return (within ?? entry.owner).path;
  }

  get signal(): Signal {
    return this.run.signal;
  }

  get message(): MessageFacts | undefined {
    return this.deliveryContext?.message?.facts;
  }

  stop(): void {
    if (this.deliveryContext !== undefined) this.deliveryContext.stopped = true;
  }

  progress(fraction: number): void {
    this.deliveryContext?.message?.progress?.progress(fraction);
  }

  log(line: string): void {
    this.deliveryContext?.message?.progress?.log(line);
  }
}

/** The run of a delivery that a handler was given. */
export function runOf(delivery: unknown): Run | undefined {
  return delivery instanceof RunDelivery ? delivery.run : undefined;
}
