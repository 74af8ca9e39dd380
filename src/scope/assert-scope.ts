/** What is given as a scope by a program that the compiler has not checked. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { shownType } from '../../decorators/check-options.js';
import type { Scope } from './scope.js';

/**
 * Checks that it is a scope, of this copy of the package or of another one. The usual mistake is the container.
 *
 * @param place what was called, `spawn()`
 * @throws CarillonError `CAR3013`
 */
export function assertScope(place: string, given: Scope): void {
  const scope = given as Partial<Scope> | null | undefined;
  if (typeof scope?.atClose === 'function') return;
  throw new CarillonError(
    'CAR3013',
    `${place} was given ${shownType(given)}, not a scope. Give a Scope: that of a container is scopeOf(container).`,
  );
}
