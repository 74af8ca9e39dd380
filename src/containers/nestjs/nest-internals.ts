/**
 * Members of Nest that are public and not documented, as Nest 11 and 12 have them. `test/nestjs` runs what they do on both.
 *
 * | Member | What for |
 * | --- | --- |
 * | `InstanceWrapper#addPropertiesMetadata`, `#addCtorMetadata` | have Nest inject the scope of a request |
 * | `InstanceWrapper#getStaticTransientInstances` | transient instances of singletons |
 * | `Module#getProviderByKey` | the wrapper of a provider, the `ModuleRef` of a module |
 * | `Module#distance` | the order in which modules are initialized and destroyed |
 * | `LazyModuleLoader#load` | what is loaded later |
 */
import type { ModuleRef, ModulesContainer } from '@nestjs/core';

type ModulesOf = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** A module as Nest's container holds it. */
export type NestModule = ModulesOf;

/** A provider, controller, guard or the like as Nest's container holds it: its class or factory, and its instances. */
export type Wrapper = NestModule['providers'] extends Map<unknown, infer Held> ? Held : never;

/** A class of the program. */
export type ServiceClass = abstract new (...args: never[]) => object;

/** Everything that Nest builds: providers, controllers, and what is bound by `@UseGuards` and the like. Each wrapper once; no aliases. */
export function* wrappersOf(modules: ReadonlyMap<string, NestModule>): Generator<Wrapper> {
  for (const { providers, controllers, injectables, middlewares } of modules.values())
    for (const held of [providers, controllers, injectables, middlewares])
      for (const wrapper of held.values()) if (!wrapper.isAlias) yield wrapper as Wrapper;
}

/** The class that is built; `undefined` for a value and for a factory. */
export function classOf({ metatype, isFactory }: Wrapper): ServiceClass | undefined {
  return !isFactory && typeof metatype === 'function' ? (metatype as ServiceClass) : undefined;
}

/** Those of a kind of module. */
export function modulesOf(modules: ModulesContainer, kind: object): NestModule[] {
  return [...modules.values()].filter(({ metatype }) => (metatype as object) === kind);
}

/** The `ModuleRef` of the module that has the provider: another one does not see what the provider needs. */
export function moduleRefOf({ host }: Wrapper, ref: typeof ModuleRef): ModuleRef | undefined {
  return host?.getProviderByKey<ModuleRef>(ref)?.instance;
}
