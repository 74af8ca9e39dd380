/** The container's own methods that bind and unbind, with what its scope has to do before or after. */
import { Container } from 'inversify';
import type { ContainerScope } from './container-scope.js';
import type { Binding } from './inversify-internals.js';

type Method = (this: Container, ...args: unknown[]) => unknown;

interface Hook {
  readonly before?: (owner: ContainerScope, args: readonly unknown[]) => void;
  /** Called before; what it returns is called when the container's own method is done, or has failed. */
  readonly begin?: (owner: ContainerScope) => () => void;
  readonly after?: (owner: ContainerScope) => void;
}

const USING: Hook = { before: (owner) => owner.using() };

/** What is built afterwards belongs to the scope that is the current one now. */
const ASKING: Hook = { before: (owner) => void owner.current() };

const REMOVING: Hook = {
  before: (owner, [identifier]) => owner.wiring.remove(holderOf(identifier)),
  after: (owner) => owner.plans.replan(),
};

const REBINDING: Hook = {
  before: (owner, [identifier]) => {
    owner.wiring.remove(holderOf(identifier));
    owner.using();
  },
};

const UNLOADING: Hook = {
  before: (owner, modules) => {
    const ids = new Set(modules.map((module) => (module as { readonly id: number }).id));
    owner.wiring.remove(({ moduleId }) => moduleId !== undefined && ids.has(moduleId));
  },
};

const EMPTYING: Hook = { before: (owner) => owner.emptying(), after: (owner) => owner.emptied() };

const EMPTYING_SLOWLY: Hook = {
  begin: (owner) => owner.emptyingSlowly(),
  after: (owner) => owner.emptied(),
};

/** Before version 8 it was `unbindAll` that waits. */
const isSlow = Container.prototype.unbindAllAsync === undefined;

/** By name. No version of InversifyJS has all of them. */
const HOOKS: Readonly<Record<string, Hook>> = {
  bind: USING,
  get: ASKING,
  getAll: ASKING,
  getAllAsync: ASKING,
  getAsync: ASKING,
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

/** Each method of a container with its hooks. */
export function* hookedMethods(
  ownerOf: (container: Container) => ContainerScope,
): Generator<readonly [string, Method]> {
  for (const [name, hook] of Object.entries(HOOKS)) {
    const original = (Container.prototype as unknown as Record<string, Method | undefined>)[name];
    if (original !== undefined) yield [name, hooked(original, hook, ownerOf)];
  }
}

function hooked(
  original: Method,
  { before, begin, after }: Hook,
  ownerOf: (container: Container) => ContainerScope,
): Method {
  return function (this: Container, ...args: unknown[]) {
    const owner = ownerOf(this);
    before?.(owner, args);
    const done = begin?.(owner);
    let result: unknown;
    try {
      result = original.apply(this, args);
    } catch (error) {
      done?.();
      throw error;
    }
    if (after === undefined) return result;
    if (result instanceof Promise) return result.then(() => after(owner)).finally(() => done?.());
    after(owner);
    done?.();
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
