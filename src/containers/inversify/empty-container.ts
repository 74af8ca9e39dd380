/** Unbinds everything, so that a deactivation that fails does not stop the others. */
import { Container, type ServiceIdentifier } from 'inversify';
import { type Binding, EMPTY, isBuilt, type PluginContext } from './inversify-internals.js';

const NONE: readonly Binding[] = [];

type Unbind = (this: Container, identifier: ServiceIdentifier) => Promise<void>;

/**
 * Unbinds service by service, in the order in which they were bound, with their `@preDestroy` and deactivations. Returns a promise if one of
 * them has to be waited for.
 *
 * @throws what a deactivation throws, or an AggregateError of all that they throw; nothing is bound then all the same
 */
export function emptyContainer(
  container: Container,
  context: PluginContext,
): Promise<void> | undefined {
  const errors: unknown[] = [];
  let pending: Promise<void>[] | undefined;
  const { bindingService } = context;
  for (const identifier of [...bindingService.getNonParentBoundServices()]) {
    const bindings = [...(bindingService.getNonParentBindings(identifier) ?? NONE)];
    const unbound = unbindAsync.call(container, identifier);
    if (bindingService.getNonParentBindings(identifier) === undefined) {
      release(bindings);
      continue;
    }
    pending ??= [];
    pending.push(
      unbound
        .catch((error: unknown) => removeFailed(context, identifier, error, errors))
        .then(() => release(bindings)),
    );
  }
  return pending && Promise.all(pending).then(() => throwAll(errors));
}

/** A plan that is still there may refer to the binding, which must hold no instance then. */
function release(bindings: readonly Binding[]): void {
  for (const binding of bindings) if (isBuilt(binding)) binding.cache = EMPTY;
}

function removeFailed(
  context: PluginContext,
  identifier: ServiceIdentifier,
  error: unknown,
  errors: unknown[],
): void {
  errors.push(error);
  context.activationService.removeAllByServiceId(identifier);
  context.bindingService.removeAllByServiceId(identifier);
  context.deactivationService.removeAllByServiceId(identifier);
  context.planResultCacheService.clearCache();
}

function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} deactivations failed.`);
}

/** Before version 8 it was `unbind` that waits. The methods of the container at hand would end the scope once more. */
const unbindAsync: Unbind = (Container.prototype.unbindAsync ??
  Container.prototype.unbind) as Unbind;
