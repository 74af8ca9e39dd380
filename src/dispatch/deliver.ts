/** One event to its handlers, in order; an error of one never stops the next. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Frame } from './frame.js';
import { type Handler, handlerName } from './handler.js';
import { HandlerError } from './handler-error.js';
import type { Witness } from './handler-owner.js';
import { becomeAsynchronous, isThenable, launch, PENDING, REPORTING, reportFailure, SKIPPED } from './run.js';

/** Takes what a handler threw at once. */
export type FailureSink = (handler: Handler, error: unknown) => void;

/** The hot path. What has ended meanwhile is called as well, and does nothing. */
export function deliver(handlers: readonly Handler[], payload: unknown, event: EventKey): void {
  const count = handlers.length;
  let index = 0;
  for (;;) {
    try {
      for (; index < count; index += 1) {
        const handler = handlers[index] as Handler;
        const value = handler.invoke.call(handler.receiver, payload);
        if (value !== undefined) observe(handler, payload, value);
      }
      return;
    } catch (error) {
      failed(handlers[index] as Handler, error, event, reportFailure);
      index += 1;
    }
  }
}

/** The same with a frame: for what a handler takes, an interceptor sees, a witness counts. Says how many handlers were called. */
export function deliverFrame(
  handlers: readonly Handler[],
  payload: unknown,
  frame: Frame,
  witness: Witness | undefined,
  fail: FailureSink = reportFailure,
): number {
  let called = 0;
  for (let index = 0, count = handlers.length; index < count && !frame.stopped; index += 1) {
    const handler = handlers[index] as Handler;
    if (!handler.active) continue;
    try {
      const value = launch(handler, payload, frame, REPORTING, 0);
      if (value === SKIPPED) continue;
    } catch (error) {
      failed(handler, error, frame.key, fail);
    }
    called += 1;
    witness?.called(handlerName(handler.plan));
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
