/** Unbinds everything, so that a deactivation that fails does not stop the others. */
import { Container, type ServiceIdentifier } from 'inversify';
import { isThenable } from '../../events/is-thenable.js';
import { EMPTY } from './binding-cache.js';
import { type Binding, isBuilt, nameOfBinding, type PluginContext } from './inversify-internals.js';

const NONE: readonly Binding[] = [];

type Unbind = (this: Container, identifier: ServiceIdentifier) => Promise<void>;

/**
 * Unbinds service by service, in the order in which they were bound, with their `@preDestroy` and deactivations. What is returned goes on with
 * those that have to be waited for; `undefined` where there is none.
 */
export function emptyContainer(
  container: Container,
  context: PluginContext,
): EmptyingContainer | undefined {
  let emptying: EmptyingContainer | undefined;
  const { bindingService } = context;
  for (const identifier of [...bindingService.getNonParentBoundServices()]) {
    const bindings = [...(bindingService.getNonParentBindings(identifier) ?? NONE)];
    const unbound = unbindAsync.call(container, identifier);
    if (bindingService.getNonParentBindings(identifier) === undefined) {
      release(bindings);
      continue;
    }
    emptying ??= new EmptyingContainer(context);
    emptying.follow(identifier, bindings, unbound);
  }
  return emptying;
}

/** The rest of the emptying of one container: what has to be waited for. */
export class EmptyingContainer {
  readonly #context: PluginContext;
  readonly #errors: unknown[] = [];
  readonly #followed: Promise<void>[] = [];
  /** What has not been unbound yet. */
  readonly #pending = new Map<ServiceIdentifier, readonly Binding[]>();

  constructor(context: PluginContext) {
    this.#context = context;
  }

  /** Notes what is being unbound. */
  follow(
    identifier: ServiceIdentifier,
    bindings: readonly Binding[],
    unbound: Promise<void>,
  ): void {
    this.#followed.push(this.#ended(identifier, bindings, unbound));
  }

  /**
   * Resolves once all of it has been unbound.
   *
   * @throws (a rejection) what a deactivation throws, or an AggregateError of all that they throw; nothing is bound then all the same
   */
  async ended(): Promise<void> {
    await Promise.all(this.#followed);
    throwAll(this.#errors);
  }

  /** Unbinds what has not settled, without waiting for it any more, and names it. */
  leaveBehind(): readonly string[] {
    const left = [...this.#pending];
    return left.flatMap(([identifier, bindings]) => {
      const names = bindings.filter(isBuilt).map(nameOfPending);
      this.#remove(identifier, bindings);
      return names;
    });
  }

  async #ended(
    identifier: ServiceIdentifier,
    bindings: readonly Binding[],
    unbound: Promise<void>,
  ): Promise<void> {
    this.#pending.set(identifier, bindings);
    try {
      await unbound;
      if (this.#pending.delete(identifier)) release(bindings);
    } catch (error) {
      this.#errors.push(error);
      if (this.#pending.has(identifier)) this.#remove(identifier, bindings);
    }
  }

  #remove(identifier: ServiceIdentifier, bindings: readonly Binding[]): void {
    this.#pending.delete(identifier);
    const { activationService, bindingService, deactivationService, planResultCacheService } =
      this.#context;
    activationService.removeAllByServiceId(identifier);
    bindingService.removeAllByServiceId(identifier);
    deactivationService.removeAllByServiceId(identifier);
    planResultCacheService.clearCache();
    release(bindings);
  }
}

/** A plan that is still there may refer to the binding, which must hold no instance then. */
function release(bindings: readonly Binding[]): void {
  for (const binding of bindings) if (isBuilt(binding)) binding.cache = EMPTY;
}

function nameOfPending(binding: Binding): string {
  const { value } = binding.cache ?? EMPTY;
  const what = isThenable(value) ? 'the build' : '@preDestroy or deactivation';
  return `${what} of ${isThenable(value) ? nameOfBinding(binding) : nameOfInstance(binding, value)}`;
}

function nameOfInstance(binding: Binding, value: unknown): string {
  const name = typeof value === 'object' && value !== null ? value.constructor?.name : undefined;
  return name ?? nameOfBinding(binding);
}

function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} deactivations failed.`);
}

/** Before version 8 it was `unbind` that waits. The methods of the container at hand would end the scope once more. */
const unbindAsync: Unbind = (Container.prototype.unbindAsync ??
  Container.prototype.unbind) as Unbind;
