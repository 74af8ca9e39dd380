/** The application behind a container of any kind, or behind itself. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { shownType } from '../../decorators/check-options.js';
import { assertSameCopy, HOST } from '../scope/scope.js';
import { Application } from './application.js';

/** @throws CarillonError `CAR7053` for a container without events, `CAR2012` for one of another copy of the package */
export function applicationOf(container: unknown): Application {
  const host = (
    container as { readonly [HOST]?: { scope: unknown; application: unknown } } | null
  )?.[HOST];
  if (host !== undefined) assertSameCopy(host);
  const application = host?.application;
  if (application instanceof Application) return application;
  throw new CarillonError(
    'CAR7053',
    `There are no events to look at in ${typeof container === 'function' ? `the class ${container.name}` : shownType(container)}. Give a container with events(), or an application of createApplication().`,
  );
}
