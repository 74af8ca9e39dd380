/** The application of a container under test, of any kind. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { HOST, type ScopeHost } from '../scope/scope.js';

/** @throws CarillonError `CAR7053` for a container without events */
export function hostOf(container: object): ScopeHost {
  const host = (container as { [HOST]?: ScopeHost })[HOST];
  if (host !== undefined) return host;
  throw new CarillonError(
    'CAR7053',
    'The container has no scope to look at. Register events(), or give the one from openScope().',
  );
}
