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

/** No handler of the application has the id, or had it earlier. */
export function unknownHandlerError(queue: string, event: string, id: string): CarillonError {
  return new CarillonError(
    'CAR5009',
    `A message ${event} in queue "${queue}" is addressed to handler "${id}", which does not exist here. Bind its class, or name it in previousIds: ['${id}'] of the handler that took its place.`,
  );
}

/** The handler is known, but not for the event. */
export function eventNotTakenError(
  queue: string,
  event: string,
  { id, plan }: DeferredHandler,
): CarillonError {
  return new CarillonError(
    'CAR5009',
    `A message ${event} in queue "${queue}" is addressed to handler "${id}", which does not take that event here. It is a dead letter: let ${handlerName(plan)} take it, or drop it.`,
  );
}

/** The handler had no instance for as long as a message may wait for one. */
export function absentHandlerError(queue: string, { plan }: DeferredHandler): CarillonError {
  return new CarillonError(
    'CAR5021',
    `A message in queue "${queue}" waited for an instance with ${handlerName(plan)} until its time was over. It is a dead letter: build the class again, or give the queue a longer absentHandler.`,
  );
}
