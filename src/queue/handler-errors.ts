/** The errors of messages whose handler is not there, or not any more. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { handlerName } from '../dispatch/handler.js';
import type { DeferredHandler } from './deferred-handlers.js';

/** The event has no handler in the queue. */
export function noHandlerError(queue: string, event: string): CarillonError {
  return new CarillonError(
    'CAR5001',
    `A message ${event} in queue "${queue}" has no handler. Bind the class with its @Deferred method, or call start().`,
  );
}

/** The handler had no instance for as long as a message may wait for one. */
export function absentHandlerError(queue: string, { plan }: DeferredHandler): CarillonError {
  return new CarillonError(
    'CAR5021',
    `A message in queue "${queue}" waited for an instance with ${handlerName(plan)} until its time was over. It is a dead letter: build the class again, or give the queue a longer absentHandler.`,
  );
}
