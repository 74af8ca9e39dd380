/** How code that knows no container opens a scope in any of them: one for each request, for each job. */
import type { ScopeOptions } from '../scope/scope-options.js';

/** The property by which a container opens a child container with a scope of its own. */
export const OPEN_SCOPE = Symbol.for('carillon.openScope');

/** A container, or an application without one, that opens scopes by the method {@link OPEN_SCOPE}. */
export interface ScopeOpener<Opened extends object = object> {
  /**
   * Opens a container below this one, whose scope the caller ends. What it returns has the property `HOST`.
   *
   * @throws CarillonError `CAR3001` when its scope has ended
   */
  [OPEN_SCOPE](options?: ScopeOptions): Opened;
}
