/** Whether a dead letter has somebody to go to. */
import { CarillonError } from '../../decorators/carillon-error.js';

/** @throws CarillonError `CAR5016` when nobody here would do it */
export function checkRedrive(isServed: boolean, queue: string, event: string, handler: string | undefined): void {
  if (isServed) return;
  throw new CarillonError(
    'CAR5016',
    `A dead letter ${event} of queue "${queue}" is for ${handler === undefined ? 'nobody' : `"${handler}", whom nobody is called`} here. It was not sent again: bind the handler's class first, or name the id in its formerly.`,
  );
}
