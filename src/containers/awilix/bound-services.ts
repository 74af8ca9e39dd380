/** Lists what a container has registered, as `describe()` reads it: nothing is built for it. */
import type { BoundService, Lifetime } from '../../application/bound-service.js';
import type { Scope } from '../../scope/scope.js';
import { classOf } from './known-classes.js';
import { isSingleton, isValue, type KnownResolver } from './resolvers.js';

/** The application's container, as its registrations are listed. */
export interface ListedContainer {
  readonly nearest: Scope;
  registrations(): Iterable<readonly [string | symbol, KnownResolver]>;
}

/** Every service that the program has registered. What it needs is not known: awilix reads that from a constructor's source when it builds. */
export function* boundServices(container: ListedContainer): Generator<BoundService> {
  for (const [name, resolver] of container.registrations())
    yield {
      name: String(name),
      builds: classOf(resolver),
      lifetime: lifetimeOf(resolver),
      scope: container.nearest,
      needs: [],
    };
}

function lifetimeOf(resolver: KnownResolver): Lifetime {
  if (isValue(resolver)) return 'constant';
  if (isSingleton(resolver)) return 'singleton';
  return resolver.lifetime === 'SCOPED' ? 'scoped' : 'transient';
}
