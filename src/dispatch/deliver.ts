/** One event to its handlers, in order; an error of one never stops the next. */
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { isThenable } from '../events/is-thenable.js';
import { DeliveryContext } from './delivery-context.js';
import { type HandlerError, RecursionError } from './errors.js';
import { type Handler, type HandlerFunction, handlerError, handlerName } from './handler.js';
import { REPORTING, RunDelivery, reportFailure } from './run.js';
import { type Observer, type Runtime, refreshFastPath } from './runtime.js';
import {
  becomeAsynchronous,
  beginRun,
  followLight,
  launch,
  PENDING,
  SKIPPED,
  settleLight,
} from './start-handler.js';

/** Takes what a handler threw at once. */
export type FailureSink = (handler: Handler, error: unknown) => void;

/**
 * The hot path, for a list as it is kept, in order. The caller has checked the depth.
 *
 * Who has ended meanwhile has been replaced in place by what does nothing. The arrays stay those it began with: an addition in the middle
 * makes new ones, and one at the end lies beyond the count.
 */
export function deliverCalls(
  runtime: Runtime,
  calls: readonly unknown[],
  entries: readonly Handler[],
  payload: unknown,
  event: EventKey,
): void {
  const count = calls.length;
  let at = 0;
  runtime.depth += 1;
  do {
    try {
      for (; at < count; at += 2) {
        const call = calls[at] as HandlerFunction;
        const receiver = calls[at + 1];
        // What has no `this` is called by itself: V8 learns from that what is called, and from an apply nothing. An apply is faster than the
        // function's own `call`, which has to be looked up in functions of many shapes.
        const value =
          receiver === undefined ? call(payload) : Reflect.apply(call, receiver, [payload]);
        if (value !== undefined) observe(entries[at / 2] as Handler, payload, value);
      }
    } catch (error) {
      try {
        at = isOver(runtime, entries[at / 2] as Handler, error, event) ? count : at + 2;
      } catch (thrown) {
        // Counted down here and at the end, and not in a `finally` around all, which every emit would pay for.
        runtime.depth -= 1;
        if (runtime.untidy) tidy(runtime);
        throw thrown;
      }
    }
  } while (at < count);
  runtime.depth -= 1;
  if (runtime.untidy) tidy(runtime);
}

/** The same where some take their delivery: one context for all, and no run while none is needed. */
export function deliverEntries(
  runtime: Runtime,
  entries: readonly Handler[],
  payload: unknown,
  event: EventKey,
): void {
  const deliveryContext = new DeliveryContext(event);
  const count = entries.length;
  /** Of the handler that is being called, where it has no run. */
  let delivery: RunDelivery | undefined;
  let at = 0;
  runtime.depth += 1;
  do {
    try {
      for (; at < count && !deliveryContext.stopped; at += 1) {
        const handler = entries[at] as Handler;
        if (!handler.active) continue;
        if (!handler.plan.light) {
          launch(handler, payload, deliveryContext, REPORTING, 0);
          continue;
        }
        // Not by a function of its own, which V8 compiles into the loop in one program and not in the next.
        delivery = new RunDelivery(handler, payload, deliveryContext, beginRun);
        const value = Reflect.apply(handler.plan.run, handler.target, [payload, delivery]);
        if (value === undefined || !isThenable(value)) settleLight(delivery);
        else followLight(delivery, value, REPORTING, 0);
        delivery = undefined;
      }
      at = count;
    } catch (error) {
      try {
        if (delivery !== undefined) settleLight(delivery);
        delivery = undefined;
        at = isOver(runtime, entries[at] as Handler, error, event) ? count : at + 1;
      } catch (thrown) {
        runtime.depth -= 1;
        if (runtime.untidy) tidy(runtime);
        throw thrown;
      }
    }
  } while (at < count);
  runtime.depth -= 1;
  if (runtime.untidy) tidy(runtime);
}

/** Reports the failure of one handler, and says whether the emit ends with it: emits without end are unwound as a whole. */
function isOver(runtime: Runtime, handler: Handler, error: unknown, event: EventKey): boolean {
  const { overflow } = runtime;
  if (overflow === undefined || error !== overflow) {
    reportFailure(handler, error);
    return false;
  }
  addStep(overflow, handler, event);
  unwind(runtime, error);
  return true;
}

/** The same with a context: for handlers that take one, interceptors and observers. Returns how many handlers were called. */
export function deliverWithContext(
  handlers: readonly Handler[],
  payload: unknown,
  deliveryContext: DeliveryContext,
  observer: Observer | undefined,
  fail: FailureSink = reportFailure,
): number {
  let called = 0;
  for (
    let index = 0, count = handlers.length;
    index < count && !deliveryContext.stopped;
    index += 1
  ) {
    const handler = handlers[index] as Handler;
    if (!handler.active) continue;
    try {
      const value = launch(handler, payload, deliveryContext, REPORTING, 0);
      if (value === SKIPPED) continue;
    } catch (error) {
      failed(handler, error, deliveryContext.key, fail);
    }
    called += 1;
    observer?.called(handlerName(handler.plan));
  }
  return called;
}

/** A failure is the sink's, but emits without end are unwound as a whole. */
export function failed(handler: Handler, error: unknown, event: EventKey, fail: FailureSink): void {
  const { overflow } = handler.owner.runtime;
  if (overflow !== undefined && error === overflow) {
    addStep(overflow, handler, event);
    throw error;
  }
  fail(handler, error);
}

function addStep(overflow: RecursionError, { plan }: Handler, event: EventKey): void {
  overflow.passed({ event: eventName(event), handler: handlerName(plan) });
}

/** Collects the failures for the caller. */
export function collecting(errors: HandlerError[]): FailureSink {
  return (handler, error) => void errors.push(handlerError(handler, error));
}

/** A plain handler turned out to be asynchronous. */
function observe(handler: Handler, payload: unknown, value: unknown): void {
  if (value !== PENDING && isThenable(value)) becomeAsynchronous(handler, payload, value);
}

/** @throws RecursionError `CAR4006` where one emit more would be too many; the outermost one reports it */
export function checkDepth(runtime: Runtime, key: EventKey): void {
  if (runtime.depth >= runtime.depthLimit || runtime.overflow !== undefined)
    throw overflow(runtime, key);
}

/** @throws RecursionError `CAR4006`, inside of an emit; the outermost one reports it */
export function nest(runtime: Runtime, key: EventKey, delivery: () => void): void {
  checkDepth(runtime, key);
  runtime.depth += 1;
  try {
    delivery();
  } catch (error) {
    unwind(runtime, error);
  } finally {
    leave(runtime);
  }
}

/** Inside of another emit a recursion unwinds further; the outermost one reports it. */
export function unwind(runtime: Runtime, error: unknown): void {
  if (runtime.depth > 1 || error !== runtime.overflow || runtime.overflow === undefined)
    throw error;
  runtime.report(runtime.overflow);
}

/** An emit has returned. */
export function leave(runtime: Runtime): void {
  runtime.depth -= 1;
  if (runtime.untidy) tidy(runtime);
}

/** Once all emits have returned, the next reads the clock again, and they may nest again. */
export function tidy(runtime: Runtime): void {
  for (
    let last = runtime.postponed.at(-1);
    last !== undefined && last.level >= runtime.depth;
    last = runtime.postponed.at(-1)
  ) {
    runtime.postponed.pop();
    last.run();
  }
  if (runtime.depth > 0) return;
  runtime.untidy = false;
  runtime.startedAt = undefined;
  if (runtime.overflow === undefined) return;
  runtime.overflow = undefined;
  refreshFastPath(runtime);
}

/** From now on every emit fails, or handlers that swallow the error would go on for ever. */
function overflow(runtime: Runtime, key: EventKey): RecursionError {
  runtime.overflow ??= new RecursionError({
    event: eventName(key),
    reason: `more than ${runtime.depthLimit} times`,
  });
  refreshFastPath(runtime);
  runtime.untidy = true;
  return runtime.overflow;
}
