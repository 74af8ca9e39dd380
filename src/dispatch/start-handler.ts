/** Starting a handler, and following it until it has settled. */
import { isThrown } from '../events/describe-thrown.js';
import { isThenable } from '../events/is-thenable.js';
import { lateAnswerError } from '../events/late-answer.js';
import type { DeliveryContext } from './delivery-context.js';
import { AbandonedError } from './errors.js';
import { type Handler, type HandlerFunction, type HandlerPlan, handlerName } from './handler.js';
import { intercepted } from './interception.js';
import {
  REPORTING,
  Run,
  RunDelivery,
  type RunFollowers,
  type RunSink,
  reportFailure,
} from './run.js';
import type { Runtime } from './runtime.js';

/** In place of a value: the outcome comes through the sink. */
export const PENDING = Symbol('pending');

/** In place of a value: the handler's `when` said no. */
export const SKIPPED = Symbol('skipped');

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
  if (plan.invoke === plan.run && deliveryContext === undefined && !isIntercepted(handler)) {
    const value = Reflect.apply(plan.run, target, [payload]);
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
  // What hears a message is known while it runs: what it sends tells of that. An interceptor may have come after the first call.
  const needsRun = deliveryContext?.message !== undefined || isIntercepted(handler);
  if (plan.invoke === invokeAsync && !needsRun)
    return startAsync(handler, payload, deliveryContext, sink, slot);
  if (plan.when !== undefined && !accepts(handler, payload)) return SKIPPED;
  if (plan.once) handler.end();
  if (!needsRun) {
    if (plan.light) return launchLight(handler, payload, deliveryContext, sink, slot);
    if (!isAccounted(plan)) {
      const value = Reflect.apply(plan.run, target, [payload]);
      if (!isThenable(value)) return value;
      plan.asynchronous = true;
      return follow(started(new Run(handler, target, payload, deliveryContext, sink, slot)), value);
    }
  }
  return enter(new Run(handler, target, payload, deliveryContext, sink, slot));
}

/** Calls a method that is asynchronous and takes nothing but its payload. */
function startAsync(
  handler: Handler,
  payload: unknown,
  deliveryContext: DeliveryContext | undefined,
  sink: RunSink,
  slot: number,
): unknown {
  const { owner, spareRun } = handler;
  let run: Run;
  if (spareRun === undefined)
    run = new Run(handler, handler.target, payload, deliveryContext, sink, slot);
  else {
    run = spareRun;
    handler.spareRun = undefined;
    run.start(handler.target, payload, deliveryContext, sink, slot);
  }
  owner.runStarted(run);
  let value: unknown;
  try {
    value = owner.runtime.context.enter(run, callMethod);
  } catch (error) {
    owner.runSettled(run);
    throw error;
  }
  if (isThenable(value)) return follow(run, value);
  owner.runSettled(run);
  return value;
}

function callMethod({ handler, target, payload }: Run): unknown {
  return Reflect.apply(handler.plan.run, target, [payload]);
}

/** What a delivery calls of such a method. */
export function invokeAsync(this: unknown, payload: unknown): unknown {
  return startAsync(this as Handler, payload, undefined, REPORTING, 0);
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

/** What a delivery calls of a handler: its method, or a function whose `this` is the handler. */
export function invokeOf(plan: HandlerPlan, { interceptors }: Runtime): HandlerFunction {
  const { asynchronous, once, run, starter, takesDelivery, when } = plan;
  if (once || takesDelivery || when !== undefined || starter !== undefined) return invokeHandler;
  if (!asynchronous) return run;
  return interceptors.length === 0 ? invokeAsync : invokeHandler;
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
  const { owner, plan, target } = handler;
  plan.asynchronous = true;
  plan.invoke = invokeOf(plan, owner.runtime);
  if (handler.active) handler.invokeBy(plan.invoke);
  follow(started(new Run(handler, target, payload, undefined, sink, 0)), value);
}

/** @throws CarillonError `CAR4016` for a `when` that returns a promise; and what the `when` throws */
function accepts({ plan, target }: Handler, payload: unknown): boolean {
  const answer = plan.when?.call(target, payload);
  if (isThenable(answer)) throw lateAnswerError(`The when of ${handlerName(plan)}`, answer);
  return Boolean(answer);
}

/** Whether an interceptor is around its calls. */
export function isIntercepted({ owner, plan }: Handler): boolean {
  return owner.runtime.interceptors.length > 0 && !plan.internal;
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
  const { handler } = run;
  return isIntercepted(handler)
    ? intercepted(run, handler.owner.runtime.interceptors, call)
    : call(run);
}

function call(run: Run): unknown {
  const { plan } = run.handler;
  if (plan.starter !== undefined) {
    run.isSeen = true;
    return plan.starter(run);
  }
  return plan.takesDelivery
    ? plan.run.call(run.target, run.payload, run.delivery)
    : plan.run.call(run.target, run.payload);
}

function follow(run: Run, value: PromiseLike<unknown>): typeof PENDING {
  const promise = value instanceof Promise ? value : Promise.resolve(value);
  run.followers ??= followersOf(run);
  promise.then(run.followers.fulfilled, run.followers.rejected);
  return PENDING;
}

function followersOf(run: Run): RunFollowers {
  return {
    fulfilled: (value) => {
      if (!hasSettled(run)) return;
      run.sink.fulfilled(run, value);
      run.retire();
    },
    rejected: (error) => {
      if (hasSettled(run)) {
        run.sink.rejected(run, error);
        run.retire();
      }
      // The report of the end has named it already.
      else if (!isThrown(error, AbandonedError)) reportFailure(run.handler, error);
    },
  };
}

function hasSettled(run: Run): boolean {
  if (run.abandoned) return false;
  run.handler.owner.runSettled(run);
  return true;
}
