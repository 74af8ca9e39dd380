/** Child containers with a scope of their own: a request, a job, a scene. */
import type { Container } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { quickFault, refuseFault } from '../../../decorators/check-options.js';
import { HOST, Scope } from '../../scope/scope.js';
import { SCOPE, type ScopeOptions } from '../../scope/scope-options.js';
import type { ContainerScope } from './container-scope.js';
import { OpenedContainer, type ScopedContainer } from './scoped-container.js';

const DEFAULTS: ScopeOptions = {};

/**
 * Opens a scope below the container's own: a child container with an emitter, whose handlers end with it.
 *
 * @param options its name in errors and reports, default `'scope'`, and how long its end waits, default as long as the parent's
 * @throws CarillonError `CAR2001` when the container has no plugin, `CAR3001` when its scope has ended, `CAR7001` for invalid options
 * @example
 * await using request = openScope(container, { name: 'request' });
 * request.bind(Basket).toSelf().inSingletonScope();
 */
export function openScope(container: Container, options: ScopeOptions = DEFAULTS): ScopedContainer {
  if (options !== DEFAULTS) refuseFault('CAR7001', 'openScope()', quickFault(SCOPE, options));
  const above = containerScopeOf(container);
  above.current().assertOpen();
  return above.plans.opening(() => new OpenedContainer(above, options));
}

/**
 * The scope of a container.
 *
 * @throws CarillonError `CAR2001` when the container has none of its own
 */
export function scopeOf(container: Container): Scope {
  return containerScopeOf(container).scope;
}

/** @throws CarillonError `CAR2001` when the container has no scope of its own */
export function containerScopeOf(container: Container): ContainerScope {
  const own = (container as { [HOST]?: ContainerScope })[HOST];
  if (own !== undefined) return own;
  const around = container.isBound(Scope) ? container.get(Scope) : undefined;
  throw new CarillonError(
    'CAR2001',
    around !== undefined
      ? `The container is a plain child of one in scope "${around.name}". Open it with openScope(parent).`
      : 'The container has no scope. Call container.register(events()) first.',
  );
}
