/** The application of a container under test, of any kind. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { assertSameCopy, HOST, type ScopeHost } from '../scope/scope.js';

/** @throws CarillonError `CAR7053` for a container without events, `CAR2012` for one of another copy of the package */
export function hostOf(container: object): ScopeHost {
  const host = (container as { [HOST]?: ScopeHost })[HOST];
  if (host !== undefined) {
    assertSameCopy(host);
    return host;
  }
  throw new CarillonError(
    'CAR7053',
    'The container has no scope to look at. Register events(), or give the one from openScope().',
  );
}
