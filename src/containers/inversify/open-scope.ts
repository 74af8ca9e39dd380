/** Child containers with a scope of their own: a request, a job, a scene. */
import type { Container } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { hasMethods, quickFault, refuseFault } from '../../../decorators/check-options.js';
import { OPEN_SCOPE } from '../../application/scope-opener.js';
import { assertSameCopy, HOST, Scope } from '../../scope/scope.js';
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

Object.defineProperty(OpenedContainer.prototype, OPEN_SCOPE, {
  value(this: OpenedContainer, options?: ScopeOptions) {
    return openScope(this, options);
  },
});

/**
 * The scope of a container.
 *
 * @throws CarillonError `CAR2001` when the container has none of its own
 */
export function scopeOf(container: Container): Scope {
  return containerScopeOf(container).scope;
}

/** @throws CarillonError `CAR2001` when the container has no scope of its own, `CAR2013` for what is no container of InversifyJS */
export function containerScopeOf(container: Container): ContainerScope {
  const own = (container as { [HOST]?: ContainerScope } | null | undefined)?.[HOST];
  if (own !== undefined) {
    assertSameCopy(own);
    return own;
  }
  if (!hasMethods(container, ['get', 'isBound'])) {
    throw new CarillonError(
      'CAR2013',
      'A function of carillon/inversify was given no container of InversifyJS. Give the Container itself; if it is a promise, await it first.',
    );
  }
  const around = container.isBound(Scope) ? container.get(Scope) : undefined;
  throw new CarillonError(
    'CAR2001',
    around !== undefined
      ? `The container is a plain child of one in scope "${around.name}". Open it with openScope(parent).`
      : 'The container has no scope. Call container.register(events()) first.',
  );
}
