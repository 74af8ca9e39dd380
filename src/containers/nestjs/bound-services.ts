/** Lists what the modules of a Nest application provide, as `describe()` reads it: nothing is built for it. */
import { ApplicationConfig, ModuleRef, type ModulesContainer } from '@nestjs/core';
import type { BoundService, Lifetime } from '../../application/bound-service.js';
import type { Scope } from '../../scope/scope.js';
import { needsOf } from './needs.js';
import { classOf, type ServiceClass, type Wrapper, wrappersOf } from './nest-internals.js';
import { CONTEXT_SCOPE, TENANT_SCOPE } from './request-trees.js';

/** Providers that Nest puts into every module. */
const EVERYWHERE: ReadonlySet<unknown> = new Set([ModuleRef, ApplicationConfig]);

/** What Carillon has injected into request-scoped classes, to wire them. */
const SCOPES: ReadonlySet<unknown> = new Set([CONTEXT_SCOPE, TENANT_SCOPE]);

/** Nest's module of what every application has. */
const NEST_CORE = 'InternalCoreModule';

/**
 * Every service of the modules, but those of Nest and of the library.
 *
 * @param scope that of the application
 * @param own the modules of the library
 */
export function boundServices(
  modules: ModulesContainer,
  scope: Scope,
  own: ReadonlySet<unknown>,
): Iterable<BoundService> {
  const known = new Map<Wrapper, BoundService>();
  const ofProgram = [...modules].filter(
    ([, { name, metatype }]) => name !== NEST_CORE && !own.has(metatype),
  );
  for (const wrapper of wrappersOf(new Map(ofProgram)))
    if (!EVERYWHERE.has(wrapper.token))
      known.set(wrapper, {
        name: nameOf(wrapper),
        builds: builtBy(wrapper),
        lifetime: lifetimeOf(wrapper),
        scope,
        needs: needsOf(wrapper)
          .filter(({ token }) => !SCOPES.has(token))
          .map((need) => ({ name: nameOf(need), service: () => known.get(need) })),
      });
  return known.values();
}

/** As errors show it. */
function nameOf({ token, name }: Wrapper): string {
  return typeof token === 'function' ? token.name : String(token ?? name);
}

/** The class; for a value and for what a factory has given its own. */
function builtBy(wrapper: Wrapper): ServiceClass | undefined {
  const service = classOf(wrapper);
  if (service !== undefined) return service;
  const { token, isFactory, instance } = wrapper;
  if (typeof instance === 'object' && instance !== null)
    return instance.constructor as ServiceClass;
  return isFactory && typeof token === 'function' ? (token as ServiceClass) : undefined;
}

function lifetimeOf(wrapper: Wrapper): Lifetime {
  if (wrapper.isTransient) return 'transient';
  if (!wrapper.isDependencyTreeStatic()) return 'scoped';
  return wrapper.isNotMetatype && !wrapper.isFactory ? 'constant' : 'singleton';
}
