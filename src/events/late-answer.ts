/** Predicates that answer too late. */
import { CarillonError } from '../../decorators/carillon-error.js';

/** `CAR4016`: a predicate returned a promise, which would count as true whatever it comes to. */
export function lateAnswerError(predicate: string, answer: PromiseLike<unknown>): CarillonError {
  // Nobody waits for it.
  Promise.resolve(answer).catch(() => undefined);
  return new CarillonError(
    'CAR4016',
    `${predicate} returned a promise. Return true or false at once, or decide in the handler.`,
  );
}
