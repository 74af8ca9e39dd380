/** What is alive in a container's application. */
import type { Container } from 'inversify';
import type { Audit } from '../audit.js';
import { linkOf } from './open-scope.js';

/**
 * Lists what is alive in the container's application now: scopes, handlers, what runs, what tasks wait for and what a timer will call,
 * each with its class, method, owner and age. After {@link stop} it lists nothing.
 *
 * @throws CarillonError `CAR2001` when the container has no plugin
 * @example
 * console.log(String(audit(container)));
 */
export function audit(container: Container): Audit {
  return linkOf(container).application.audit();
}
