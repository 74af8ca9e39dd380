/** One event to its handlers, in order; an error of one never stops the next. */
import type { EventKey } from '../../decorators/event-key.js';
import { isThenable } from '../events/is-thenable.js';
import type { DeliveryContext } from './delivery-context.js';
import { HandlerError, RecursionError } from './errors.js';
import { type Handler, type HandlerFunction, handlerName } from './handler.js';
import { becomeAsynchronous, launch, PENDING, REPORTING, reportFailure, SKIPPED } from './run.js';
import type { Observer, Runtime } from './runtime.js';

/** Takes what a handler threw at once. */
export type FailureSink = (handler: Handler, error: unknown) => void;

/**
 * The hot path, for a list as it is kept. Who has ended meanwhile has been replaced in place by what does nothing.
 *
 * The array stays the one it began with: an addition in the middle makes new ones.
 */
export function deliver(
  calls: readonly unknown[],
  entries: readonly Handler[],
  payload: unknown,
  event: EventKey,
): void {
  const count = calls.length;
  let at = 0;
  for (;;) {
    try {
      // One handler is so common that it shall not pay for the loop.
      if (count === 2 && at === 0) {
        const value = (calls[0] as HandlerFunction).call(calls[1], payload);
        if (value !== undefined) observe(entries[0] as Handler, payload, value);
        return;
      }
      for (; at < count; at += 2) {
        const value = (calls[at] as HandlerFunction).call(calls[at + 1], payload);
        if (value !== undefined) observe(entries[at / 2] as Handler, payload, value);
      }
      return;
    } catch (error) {
      failed(entries[at / 2] as Handler, error, event, reportFailure);
      at += 2;
    }
  }
}

/** The same with a context: for what a handler takes, an interceptor sees, a observer counts. Says how many handlers were called. */
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
    overflow.passed(handler, event);
    throw error;
  }
  fail(handler, error);
}

/** Collects the failures for the caller. */
export function collecting(errors: HandlerError[]): FailureSink {
  return (handler, error) => void errors.push(new HandlerError(handler, error));
}

/** A plain handler turned out to be asynchronous. */
function observe(handler: Handler, payload: unknown, value: unknown): void {
  if (value !== PENDING && isThenable(value)) becomeAsynchronous(handler, payload, value);
}

/** @throws RecursionError `CAR4006`, inside of an emit; the outermost one reports it */
export function nest(runtime: Runtime, key: EventKey, delivery: () => void): void {
  if (runtime.depth >= runtime.depthLimit || runtime.overflow !== undefined)
    throw overflow(runtime, key);
  runtime.depth += 1;
  try {
    delivery();
  } catch (error) {
    unwind(runtime, error);
  } finally {
    runtime.depth -= 1;
    if (runtime.overflow !== undefined) recover(runtime);
  }
}

/** The same for the short way: no closure, and the caller has looked how deep it is. */
export function deliverNested(
  runtime: Runtime,
  calls: readonly unknown[],
  entries: readonly Handler[],
  payload: unknown,
  key: EventKey,
): void {
  runtime.depth += 1;
  try {
    deliver(calls, entries, payload, key);
  } catch (error) {
    unwind(runtime, error);
  } finally {
    runtime.depth -= 1;
    if (runtime.overflow !== undefined) recover(runtime);
  }
}

/** Inside of another emit a recursion unwinds further; the outermost one reports it. */
function unwind(runtime: Runtime, error: unknown): void {
  if (runtime.depth > 1 || error !== runtime.overflow || runtime.overflow === undefined)
    throw error;
  runtime.report(runtime.overflow);
}

/** Once all emits have returned, they may nest again. */
function recover(runtime: Runtime): void {
  if (runtime.depth > 0) return;
  runtime.overflow = undefined;
  runtime.fastPathDepth =
    runtime.observer === undefined && runtime.early === undefined ? runtime.depthLimit : -1;
}

/** From now on every emit fails, or handlers that swallow the error would go on for ever. */
function overflow(runtime: Runtime, key: EventKey): RecursionError {
  runtime.overflow ??= new RecursionError(key, `more than ${runtime.depthLimit} times`);
  runtime.fastPathDepth = -1;
  return runtime.overflow;
}
