/** What whoever waits for a handler gets when the scope has ended without it. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { handlerEvent, handlerName } from './handler.js';
import type { Run } from './run.js';

/** `CAR3005`: the end of a scope left the handler behind; what it still does is dropped. */
export class AbandonedError extends CarillonError {
  override readonly name = 'AbandonedError';

  constructor({ handler }: Run) {
    super(
      'CAR3005',
      `${handlerName(handler.plan)} had not settled on ${handlerEvent(handler.plan)} when scope "${handler.owner.name}" ended. Heed delivery.signal, or give the scope more drain time.`,
    );
  }
}
