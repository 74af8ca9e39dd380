/** The error of a queue whose engine has trouble that no caller waits for. */
import { CarillonError } from '../../decorators/carillon-error.js';

/**
 * @param queue the queue and its engine: `"mail" on redis`
 * @param what what happened and what to do, as the rest of the sentence
 */
export function queueTrouble(queue: string, what: string, cause: unknown): CarillonError {
  return new CarillonError('CAR5018', `Queue ${queue} ${what}`, { cause });
}
