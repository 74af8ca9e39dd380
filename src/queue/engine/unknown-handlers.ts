/** The errors of messages on an engine that no handler here takes, or has any more. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { handlerName } from '../../dispatch/handler.js';
import type { DeferredHandler } from '../deferred-handlers.js';

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

/** No process served the queue for as long as a message may wait for one. */
export function unservedQueueError(queue: string, event: string, limit: number): CarillonError {
  return new CarillonError(
    'CAR5024',
    `A message ${event} in queue "${queue}" has waited for ${limit} ms, and no process serves the queue. It is a dead letter: start a program with its handler and send it again, or drop it.`,
  );
}

/** Another worker has the message, although a handler here has not settled. */
export function lostLeaseError(queue: string, event: string): CarillonError {
  return new CarillonError(
    'CAR5025',
    `A message ${event} in queue "${queue}" was lost to another worker while its handler ran: its lease or its connection was over. The signal is aborted, and the outcome is not stored. Stop at delivery.signal, keep the event loop free, or give the engine a longer leaseTime.`,
  );
}
