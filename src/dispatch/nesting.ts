/** Emits inside of emits: how deep they may go, and how they come back when it was too deep. */
import type { EventKey } from '../../decorators/event-key.js';
import { deliver } from './deliver.js';
import type { Handler } from './handler.js';
import type { Runtime } from './handler-owner.js';
import { RecursionError } from './recursion-error.js';

/** @throws RecursionError `CAR4006`, inside of an emit; the outermost one reports it */
export function nest(runtime: Runtime, key: EventKey, delivery: () => void): void {
  if (runtime.depth >= runtime.depthLimit || runtime.overflow !== undefined) throw overflow(runtime, key);
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
  if (runtime.depth > 1 || error !== runtime.overflow || runtime.overflow === undefined) throw error;
  runtime.report(runtime.overflow);
}

/** Once all emits have returned, they may nest again. */
function recover(runtime: Runtime): void {
  if (runtime.depth > 0) return;
  runtime.overflow = undefined;
  runtime.shallow = runtime.witness === undefined && runtime.early === undefined ? runtime.depthLimit : -1;
}

/** From now on every emit fails, or handlers that swallow the error would go on for ever. */
function overflow(runtime: Runtime, key: EventKey): RecursionError {
  runtime.overflow ??= new RecursionError(key, `more than ${runtime.depthLimit} times`);
  runtime.shallow = -1;
  return runtime.overflow;
}
