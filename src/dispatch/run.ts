/** Starting one handler, and keeping account of it until it has settled. */
import type { Signal } from '../../decorators/signal.js';
import { isThenable } from '../events/is-thenable.js';
import type { DeliveryContext } from './delivery-context.js';
import { AbandonedError, HandlerError } from './errors.js';
import type { Handler, HandlerPlan } from './handler.js';
import { intercepted } from './interceptor.js';
import { RunDelivery } from './run-delivery.js';
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

/** In place of a value: the outcome comes through the sink. */
export const PENDING = Symbol('pending');

/** In place of a value: the handler's `when` said no. */
export const SKIPPED = Symbol('skipped');

/** Makes the error that a signal is aborted with: only where somebody asks, because its stack costs more than the end of a run. */
export type AbortReason = (run: Run) => Error;

/** What few runs have. */
class RunExtras {
  /** The run that led to this one, if it was started from inside another. */
  cause: Run | undefined = undefined;
  /** The surroundings in which it was started, where they are kept. */
  snapshot: ContextSnapshot | undefined = undefined;
  /** The scope that was opened for it, where one was. */
  within: HandlerOwner | undefined = undefined;
  delivery: RunDelivery | undefined = undefined;
  controller: AbortControllerShape | undefined = undefined;
  abortReason: AbortReason | undefined = undefined;
}

/** A handler that has started and not yet settled. There is one for each call that takes time, so it is kept small. */
export class Run {
  readonly startedAt: number;
  /** Its neighbours in the list of its scope. */
  previous: Run | undefined = undefined;
  next: Run | undefined = undefined;
  isListed = false;
  /** Whether the end of the scope went on without it. */
  abandoned = false;
  private extras: RunExtras | undefined = undefined;

  constructor(
    readonly handler: Handler,
    /** What the method is called on. */
    public target: object | undefined,
    readonly payload: unknown,
    readonly deliveryContext: DeliveryContext | undefined,
    public sink: RunSink,
    /** The sink's own number for it. */
    public slot: number,
  ) {
    const { runtime } = handler.owner;
    const { context } = runtime;
    this.startedAt = startTime(runtime);
    const cause = context.current();
    if (cause !== undefined) this.obtainExtras().cause = cause;
    if (context.capture !== undefined) this.obtainExtras().snapshot = context.capture();
  }

  get cause(): Run | undefined {
    return this.extras?.cause;
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

  /** Goes on without it: whoever waits for it gets an error, and what it still does is dropped. */
  abandon(): void {
    this.abandoned = true;
    this.handler.owner.runSettled(this);
    // Which would not report it.
    if (this.sink !== REPORTING) this.sink.rejected(this, new AbandonedError(this));
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
    if (!(error instanceof AbandonedError)) reportFailure(handler, error);
  },
};

/**
 * Starts the handler and returns its value, or a promise of it; throws what it throws at once. When the end of the scope leaves the
 * run behind, the promise rejects with an {@link AbandonedError}.
 */
export function startHandler(
  handler: Handler,
  payload: unknown,
  deliveryContext?: DeliveryContext,
): unknown {
  const { plan, target } = handler;
  // The common call first: a method that takes its payload and is done.
  if (
    plan.invoke === plan.run &&
    deliveryContext === undefined &&
    handler.owner.runtime.interceptors.length === 0
  ) {
    const value = plan.run.call(target, payload);
    if (!isThenable(value)) return value;
    const late = new LateOutcome();
    becomeAsynchronous(handler, payload, value, late);
    return late.promise();
  }
  const sink = new LateOutcome();
  const value = launch(handler, payload, deliveryContext, sink, 0);
  if (value === PENDING) return sink.promise();
  return value === SKIPPED ? undefined : value;
}

/** Settles a promise that is made only when the outcome cannot be told at once. */
class LateOutcome implements RunSink {
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  promise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  fulfilled(_: Run, value: unknown): void {
    this.#resolve?.(value);
  }

  rejected(_: Run, error: unknown): void {
    this.#reject?.(error);
  }
}

/** Starts the handler and returns its value, {@link PENDING} or {@link SKIPPED}; throws what it throws at once. */
export function launch(
  handler: Handler,
  payload: unknown,
  deliveryContext: DeliveryContext | undefined,
  sink: RunSink,
  slot: number,
): unknown {
  const { plan, target } = handler;
  if (plan.when !== undefined && !plan.when.call(target, payload)) return SKIPPED;
  if (plan.once) handler.end();
  // What hears a message is known while it runs: what it sends tells of that.
  if (deliveryContext?.message !== undefined)
    return enter(new Run(handler, target, payload, deliveryContext, sink, slot));
  if (plan.light) return launchLight(handler, payload, deliveryContext, sink, slot);
  if (!isAccounted(plan) && handler.owner.runtime.interceptors.length === 0) {
    const value = plan.run.call(target, payload);
    if (!isThenable(value)) return value;
    plan.asynchronous = true;
    return follow(started(new Run(handler, target, payload, deliveryContext, sink, slot)), value);
  }
  return enter(new Run(handler, target, payload, deliveryContext, sink, slot));
}

/** Calls a handler with its delivery, without a run while nothing needs one. */
function launchLight(
  handler: Handler,
  payload: unknown,
  deliveryContext: DeliveryContext | undefined,
  sink: RunSink,
  slot: number,
): unknown {
  const delivery = new RunDelivery(handler, payload, deliveryContext, beginRun);
  let value: unknown;
  try {
    value = Reflect.apply(handler.plan.run, handler.target, [payload, delivery]);
  } catch (error) {
    settleLight(delivery);
    throw error;
  }
  if (isThenable(value)) return followLight(delivery, value, sink, slot);
  settleLight(delivery);
  return value;
}

/** What its delivery tells of a handler while it is being called. */
export function beginRun(delivery: RunDelivery): Run {
  return started(lateRun(delivery));
}

/** What its delivery tells of a handler that has returned: nobody waits for it. */
function lateRun({ entry, payload, deliveryContext }: RunDelivery): Run {
  return new Run(entry, entry.target, payload, deliveryContext, REPORTING, 0);
}

/** A handler that was called with its delivery has returned. */
export function settleLight(delivery: RunDelivery): void {
  const { source } = delivery;
  if (typeof source === 'function') delivery.source = lateRun;
  else delivery.entry.owner.runSettled(source);
}

/** A handler that was called with its delivery has returned a promise: its later runs are accounted for from their start. */
export function followLight(
  delivery: RunDelivery,
  value: PromiseLike<unknown>,
  sink: RunSink,
  slot: number,
): typeof PENDING {
  const { entry, run } = delivery;
  entry.plan.light = false;
  run.answerTo(sink, slot);
  return follow(run, value);
}

/** What a delivery calls of a handler that is more than its method. */
export function invokeHandler(this: unknown, payload: unknown): unknown {
  return launch(this as Handler, payload, undefined, REPORTING, 0);
}

/** A method that was taken for a plain one returned a promise: its later runs are accounted for from their start. */
export function becomeAsynchronous(
  handler: Handler,
  payload: unknown,
  value: PromiseLike<unknown>,
  sink = REPORTING,
): void {
  const { plan, target } = handler;
  plan.asynchronous = true;
  plan.invoke = invokeHandler;
  if (handler.active) handler.invokeBy(invokeHandler);
  follow(started(new Run(handler, target, payload, undefined, sink, 0)), value);
}

/** Hands a failure to the application's error handler. */
export function reportFailure(handler: Handler, error: unknown): void {
  handler.owner.runtime.report(new HandlerError(handler, error));
}

function isAccounted({ asynchronous, takesDelivery, starter }: HandlerPlan): boolean {
  return asynchronous || takesDelivery || starter !== undefined;
}

/** A handler that has returned no promise, by itself, need not be known to its scope while it is called. */
function isLight({ once, starter, when }: HandlerPlan, { interceptors }: Runtime): boolean {
  return !once && when === undefined && starter === undefined && interceptors.length === 0;
}

function started(run: Run): Run {
  run.handler.owner.runStarted(run);
  return run;
}

function enter(run: Run): unknown {
  const { owner } = started(run).handler;
  let value: unknown;
  try {
    value = owner.runtime.context.enter(run, execute);
  } catch (error) {
    owner.runSettled(run);
    throw error;
  }
  const { plan } = run.handler;
  if (isThenable(value)) {
    if (plan.light === undefined) plan.light = false;
    return follow(run, value);
  }
  if (plan.light === undefined) plan.light = isLight(plan, owner.runtime);
  owner.runSettled(run);
  return value;
}

function execute(run: Run): unknown {
  const { interceptors } = run.handler.owner.runtime;
  return interceptors.length === 0 ? call(run) : intercepted(run, interceptors, call);
}

function call(run: Run): unknown {
  const { plan } = run.handler;
  if (plan.starter !== undefined) return plan.starter(run);
  return plan.takesDelivery
    ? plan.run.call(run.target, run.payload, run.delivery)
    : plan.run.call(run.target, run.payload);
}

function follow(run: Run, value: PromiseLike<unknown>): typeof PENDING {
  const promise = value instanceof Promise ? value : Promise.resolve(value);
  promise.then(
    (result) => {
      if (hasSettled(run)) run.sink.fulfilled(run, result);
    },
    (error: unknown) => {
      if (hasSettled(run)) run.sink.rejected(run, error);
      else reportFailure(run.handler, error);
    },
  );
  return PENDING;
}

function hasSettled(run: Run): boolean {
  if (run.abandoned) return false;
  run.handler.owner.runSettled(run);
  return true;
}
