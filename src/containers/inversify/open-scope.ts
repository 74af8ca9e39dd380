/** Child containers with a scope of their own: a request, a job, a scene. */
import { Container } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { Scope, ScopeOptions } from '../../scope/scope.js';
import { type ContainerLink, LINK, LINK_OF } from './container-link.js';
import { registerScope } from './plugin.js';

/** A child container that ends its handlers, and then its bindings, when it is disposed. */
export interface ScopedContainer extends Container {
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a scope below the container's own: a child container whose instances listen to an emitter of its own, and fall silent with it.
 *
 * @param options its name in errors and reports, default `'scope'`, and its drain time in milliseconds, default the parent's
 * @throws CarillonError `CAR2001` when the container has no plugin, `CAR3001` when its scope has ended
 * @example
 * await using request = openScope(container, { name: 'request' });
 * request.bind(Basket).toSelf().inSingletonScope();
 */
export function openScope(container: Container, options: ScopeOptions = {}): ScopedContainer {
  const parent = linkOf(container);
  parent.scope.assertOpen();
  const child = new Container({ parent: container });
  registerScope(child, parent, options);
  return child as ScopedContainer;
}

/**
 * The scope of a container.
 *
 * @throws CarillonError `CAR2001` when the container has none of its own
 */
export function scopeOf(container: Container): Scope {
  return linkOf(container).scope;
}

/** @throws CarillonError `CAR2001` when the container has no scope of its own */
export function linkOf(container: Container): ContainerLink {
  const own = (container as { [LINK_OF]?: () => ContainerLink })[LINK_OF];
  if (own !== undefined) return own();
  const around = container.isBound(LINK) ? container.get(LINK) : undefined;
  throw new CarillonError(
    'CAR2001',
    around === undefined
      ? 'The container has no scope. Call container.register(events()) first.'
      : `The container is a plain child of one in scope "${around.scope.name}". Open it with openScope(parent).`,
  );
}
