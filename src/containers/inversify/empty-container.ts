/** Unbinding everything, so that one deactivation that fails stops none of the others. */
import { Container, type ServiceIdentifier } from 'inversify';
import type { PluginContext } from './services.js';

type Unbind = (this: Container, identifier: ServiceIdentifier) => Promise<void>;

/**
 * Unbinds service by service, in the order in which they were bound, with their `@preDestroy` and deactivations.
 *
 * @throws what a deactivation throws, or an AggregateError of all that they throw; nothing is bound then all the same
 */
export async function emptyContainer(container: Container, context: PluginContext): Promise<void> {
  const errors: unknown[] = [];
  const empty = async (identifier: ServiceIdentifier) => {
    try {
      await unbindAsync.call(container, identifier);
    } catch (error) {
      errors.push(error);
      context.activationService.removeAllByServiceId(identifier);
      context.bindingService.removeAllByServiceId(identifier);
      context.deactivationService.removeAllByServiceId(identifier);
    }
  };
  await Promise.all([...context.bindingService.getNonParentBoundServices()].map(empty));
  context.planResultCacheService.clearCache();
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} deactivations failed.`);
}

/** Before version 8 it was `unbind` that waited. The container's own methods would end the scope once more. */
const unbindAsync: Unbind = (Container.prototype.unbindAsync ?? Container.prototype.unbind) as Unbind;
