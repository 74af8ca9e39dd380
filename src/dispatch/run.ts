/** Starting one handler, and keeping account of it until it has settled. */
import type { Handler } from './handler.js';
import type { Run } from './handler-owner.js';

/** Starts the handler and returns what it returns; throws what it throws. */
export function startHandler(handler: Handler, payload: unknown): unknown {
  const { plan, target } = handler;
  if (plan.once) handler.end();
  return plan.asynchronous ? startAsynchronous(handler, target, payload) : startPlain(handler, target, payload);
}

/** Whether the value is a promise of any make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function startPlain(handler: Handler, target: object | undefined, payload: unknown): unknown {
  const result = handler.plan.run.call(target, payload);
  if (!isThenable(result)) return result;
  handler.plan.asynchronous = true;
  const run = newRun(handler);
  handler.owner.runs.add(run);
  return settling(run, result);
}

function startAsynchronous(handler: Handler, target: object | undefined, payload: unknown): unknown {
  const { owner } = handler;
  const run = newRun(handler);
  owner.runs.add(run);
  let result: unknown;
  try {
    result = owner.runtime.context.enter(run, () => handler.plan.run.call(target, payload));
  } catch (error) {
    owner.runSettled(run);
    throw error;
  }
  if (isThenable(result)) return settling(run, result);
  owner.runSettled(run);
  return result;
}

function newRun(handler: Handler): Run {
  const { clock, context } = handler.owner.runtime;
  return { handler, startedAt: clock.now(), cause: context.current() };
}

function settling(run: Run, result: PromiseLike<unknown>): PromiseLike<unknown> {
  const settled = () => run.handler.owner.runSettled(run);
  result.then(settled, settled);
  return result;
}
