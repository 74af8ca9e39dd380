/** One message to all of its handlers. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { eventName } from '../../decorators/event-name.js';
import type { Handler } from '../dispatch/handler.js';
import { HandlerError } from '../dispatch/handler-error.js';
import type { Runtime } from '../dispatch/handler-owner.js';
import { isThenable, startHandler } from '../dispatch/run.js';
import type { Message } from './memory-queue.js';

/** Whether every handler did well: told at once, or by a promise when one of them is asynchronous. */
export function workMessage(
  message: Message,
  handlers: readonly Handler[],
  queue: string,
  runtime: Runtime,
): boolean | Promise<boolean> {
  if (handlers.length === 0) {
    runtime.report(
      new CarillonError(
        'CAR5001',
        `A message ${eventName(message.key)} in queue "${queue}" has no handler. Bind the class with its @Deferred method, or call start().`,
      ),
    );
    return false;
  }
  let well = true;
  let pending: Promise<boolean>[] | undefined;
  for (const handler of handlers) {
    if (!handler.active) continue;
    try {
      const result = startHandler(handler, message.payload);
      if (isThenable(result)) {
        pending ??= [];
        pending.push(succeeds(handler, result, runtime));
      }
    } catch (error) {
      well = false;
      runtime.report(new HandlerError(handler, error));
    }
  }
  if (pending === undefined) return well;
  return Promise.all(pending).then((outcomes) => well && !outcomes.includes(false));
}

async function succeeds(handler: Handler, result: PromiseLike<unknown>, runtime: Runtime): Promise<boolean> {
  try {
    await result;
    return true;
  } catch (error) {
    runtime.report(new HandlerError(handler, error));
    return false;
  }
}
