/** One event to its handlers, in order; an error of one never stops the next. */
import type { Handler } from './handler.js';
import { HandlerError } from './handler-error.js';
import { isThenable, startHandler } from './run.js';

/** Delivers and reports every failure, also a later one, to its handler's scope. Says how many handlers ran. */
export function deliver(handlers: readonly Handler[], payload: unknown): void {
  for (let index = 0, count = handlers.length; index < count; index += 1) {
    const handler = handlers[index] as Handler;
    if (!handler.active) continue;
    try {
      const { plan } = handler;
      const result = plan.once || plan.asynchronous ? startHandler(handler, payload) : plan.run.call(handler.target, payload);
      if (result !== undefined) observe(handler, result);
    } catch (error) {
      reportFailure(handler, error);
    }
  }
}

/** Delivers and gives the failures back: those at once in the list, later ones to the handler's scope. */
export function deliverCollecting(handlers: readonly Handler[], payload: unknown): HandlerError[] {
  const errors: HandlerError[] = [];
  for (const handler of handlers.slice()) {
    if (!handler.active) continue;
    try {
      const result = startHandler(handler, payload);
      if (isThenable(result)) result.then(undefined, (error: unknown) => reportFailure(handler, error));
    } catch (error) {
      errors.push(new HandlerError(handler, error));
    }
  }
  return errors;
}

/** Starts all handlers, waits until each has settled, and gives values and failures back in handler order. */
export async function deliverAwaiting(
  handlers: readonly Handler[],
  payload: unknown,
): Promise<{ values: unknown[]; errors: HandlerError[] }> {
  const started: { handler: Handler; result: unknown }[] = [];
  for (const handler of handlers.slice()) {
    if (handler.active) started.push({ handler, result: attempt(handler, payload) });
  }
  const settled = await Promise.allSettled(started.map(({ result }) => result));
  const values: unknown[] = [];
  const errors: HandlerError[] = [];
  settled.forEach((outcome, index) => {
    values.push(outcome.status === 'fulfilled' ? outcome.value : undefined);
    if (outcome.status === 'rejected')
      errors.push(new HandlerError((started[index] as { handler: Handler }).handler, outcome.reason));
  });
  return { values, errors };
}

/** Hands a failure to the scope's error handler. */
export function reportFailure(handler: Handler, error: unknown): void {
  handler.owner.runtime.report(new HandlerError(handler, error));
}

function attempt(handler: Handler, payload: unknown): unknown {
  try {
    return startHandler(handler, payload);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A plain handler turned out to be asynchronous: from its next run on it is accounted for from the start. */
function observe(handler: Handler, result: unknown): void {
  if (!isThenable(result)) return;
  const { plan, owner } = handler;
  if (!plan.asynchronous) {
    plan.asynchronous = true;
    const run = { handler, startedAt: owner.runtime.clock.now(), cause: owner.runtime.context.current() };
    owner.runs.add(run);
    const settled = () => owner.runSettled(run);
    result.then(settled, settled);
  }
  result.then(undefined, (error: unknown) => reportFailure(handler, error));
}
