/** One event to its handlers, in order; an error of one never stops the next. */
import type { EventKey } from '../../decorators/event-key.js';
import { isThenable } from '../events/is-thenable.js';
import type { Frame } from './frame.js';
import { type Handler, type HandlerFunction, handlerName } from './handler.js';
import { HandlerError } from './handler-error.js';
import type { Witness } from './handler-owner.js';
import { becomeAsynchronous, launch, PENDING, REPORTING, reportFailure, SKIPPED } from './run.js';

/** Takes what a handler threw at once. */
export type FailureSink = (handler: Handler, error: unknown) => void;

/**
 * The hot path, for a list as it is kept. Who has ended meanwhile has been replaced in place by what does nothing.
 *
 * The array stays the one it began with: an addition in the middle makes new ones.
 */
export function deliver(calls: readonly unknown[], entries: readonly Handler[], payload: unknown, event: EventKey): void {
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
