/** The container's own methods that bind and unbind, with what its scope has to do before or after. */
import { Container, type ServiceIdentifier } from 'inversify';
import type { ContainerScope } from './container-scope.js';
import { givenByFacade } from './injectables.js';
import type { Binding } from './inversify-internals.js';

type Method = (this: Container, ...args: unknown[]) => unknown;

/** A service, and which of its bindings. */
type Ask = (this: Container, identifier: unknown, options?: unknown) => unknown;

/** What is told how the container's own method ends. */
interface Pending {
  readonly failed?: () => void;
  /** Called last, also after a failure. */
  readonly ended?: () => void;
}

interface Hook {
  readonly before?: (owner: ContainerScope, args: readonly unknown[]) => void;
  readonly begin?: (owner: ContainerScope, args: readonly unknown[]) => Pending;
  readonly after?: (owner: ContainerScope) => void;
}

const USING: Hook = { before: (owner) => owner.using() };

const REMOVING: Hook = {
  begin: (owner, [identifier]) => ({ failed: owner.wiring.remove(holderOf(identifier)) }),
  after: (owner) => owner.plans.replan(),
};

const REBINDING: Hook = {
  begin: (owner, [identifier]) => {
    const failed = owner.wiring.remove(holderOf(identifier));
    owner.using();
    return { failed };
  },
};

const UNLOADING: Hook = {
  begin: (owner, modules) => {
    const ids = new Set(modules.map((module) => (module as { readonly id: number }).id));
    const isOfModule = ({ moduleId }: Binding) => moduleId !== undefined && ids.has(moduleId);
    return { failed: owner.wiring.remove(isOfModule) };
  },
};

const EMPTYING: Hook = {
  begin: (owner) => ({ failed: owner.emptying() }),
  after: (owner) => owner.emptied(),
};

const EMPTYING_SLOWLY: Hook = {
  begin: (owner) => owner.emptyingSlowly(),
  after: (owner) => owner.emptied(),
};

/** Before version 8 it was `unbindAll` that waits. */
const isSlow = Container.prototype.unbindAllAsync === undefined;

/** By name. No version of InversifyJS has all of them. */
const HOOKS: Readonly<Record<string, Hook>> = {
  bind: USING,
  load: USING,
  loadAsync: USING,
  loadSync: USING,
  rebind: REBINDING,
  rebindAsync: REBINDING,
  rebindSync: REBINDING,
  restore: { before: (owner) => owner.using(), after: (owner) => owner.restored() },
  unbind: REMOVING,
  unbindAsync: REMOVING,
  unbindSync: REMOVING,
  unbindAll: isSlow ? EMPTYING_SLOWLY : EMPTYING,
  unbindAllAsync: EMPTYING_SLOWLY,
  unbindAllSync: EMPTYING,
  unload: UNLOADING,
  unloadAsync: UNLOADING,
  unloadSync: UNLOADING,
};

/** By these it builds. */
const ASKING = ['get', 'getAll', 'getAllAsync', 'getAsync'] as const;

/** Each method of a container with its hooks. */
export function* hookedMethods(
  ownerOf: (container: Container) => ContainerScope,
): Generator<readonly [string, Method]> {
  const methods = Container.prototype as unknown as Record<string, Method | undefined>;
  for (const name of ASKING) yield [name, asking(methods[name] as Ask, ownerOf)];
  for (const [name, hook] of Object.entries(HOOKS)) {
    const original = methods[name];
    if (original !== undefined) yield [name, hooked(original, hook, ownerOf)];
  }
}

/** What is built belongs to the scope that is the current one now; a build that fails leaves nothing wired. */
function asking(original: Ask, ownerOf: (container: Container) => ContainerScope): Ask {
  const isPlainGet = original === (Container.prototype.get as Ask);
  return function (this: Container, identifier: unknown, options?: unknown) {
    const owner = ownerOf(this);
    if (isPlainGet && options === undefined) {
      const given = givenByFacade(owner, identifier as ServiceIdentifier);
      if (given !== undefined) return given;
    }
    const { depth } = owner.current().runtime;
    const { builds } = owner;
    const build = builds.begin(depth);
    let result: unknown;
    try {
      result = original.call(this, identifier, options);
    } catch (error) {
      builds.threw(build);
      throw error;
    }
    return builds.returned(build, result);
  };
}

function hooked(
  original: Method,
  { before, begin, after }: Hook,
  ownerOf: (container: Container) => ContainerScope,
): Method {
  return function (this: Container, ...args: unknown[]) {
    const owner = ownerOf(this);
    before?.(owner, args);
    const pending = begin?.(owner, args);
    const done = () => {
      after?.(owner);
      pending?.ended?.();
    };
    const failed = (error: unknown): never => {
      pending?.failed?.();
      pending?.ended?.();
      throw error;
    };
    let result: unknown;
    try {
      result = original.apply(this, args);
    } catch (error) {
      return failed(error);
    }
    if (after === undefined && pending === undefined) return result;
    if (result instanceof Promise)
      return result.then((value: unknown) => {
        done();
        return value;
      }, failed);
    done();
    return result;
  };
}

/** Matches the bindings of a service, or the one with an id. */
function holderOf(identifier: unknown): (binding: Binding) => boolean {
  if (typeof identifier !== 'object' || identifier === null)
    return (binding) => binding.serviceIdentifier === identifier;
  const { id } = identifier as { readonly id: number };
  return (binding) => binding.id === id;
}
