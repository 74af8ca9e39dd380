/** What became of a service that the start of an application could not build. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { isThrown } from '../events/describe-thrown.js';
import type { Scope } from '../scope/scope.js';

/** `CAR2002`: the service could not be built. */
export function notBuilt(name: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR2002',
    `start() could not build ${name}: its handlers hear nothing. See the cause.`,
    { cause },
  );
}

/** Whether it was built, and the end of the application came first. */
export function isCancelled(scope: Scope, error: unknown): boolean {
  return scope.state !== 'open' && isThrown(error, CarillonError) && error.code === 'CAR3001';
}
