/** Gives a container its events. */
import type { AwilixContainer } from 'awilix';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { hasMethods } from '../../../decorators/check-options.js';
import { AdapterApplication } from '../../application/adapter-application.js';
import type { ApplicationOptions } from '../../application/application.js';
import type { InterceptedDelivery } from '../../dispatch/interceptor.js';
import { checkEventsOptions } from '../check-events-options.js';
import { boundServices } from './bound-services.js';
import type { ContainerTree } from './container-node.js';
import {
  type EventsCradle,
  hook,
  isHooked,
  openChild,
  registerFacade,
  type ScopedContainer,
} from './hooked-container.js';
import { type AnyContainer, registered } from './resolvers.js';

/** How an application in a container is set up. */
export interface EventsOptions extends ApplicationOptions {
  /**
   * Fills the scope of each delivery to a class that is activated per event, before the class is built: registers a unit of work, a logger
   * with the trace id. Default: the scope has only what is registered above.
   */
  readonly onOpen?: (scope: ScopedContainer, delivery: InterceptedDelivery) => void | Promise<void>;
}

/**
 * Gives a container its events: the handlers of what it and its scopes build are wired from then on, and so are those of what it has built and
 * keeps.
 *
 * Registers `events`, `emitter`, `scope`, `bus` and `queue`, but for names that are taken.
 *
 * @param container the application's root
 * @returns the container
 * @throws CarillonError `CAR2005` for a container that has its events, itself or above; `CAR2012` for one that another copy of the package
 * has wired; `CAR2013` for what is no container of awilix; `CAR7001` … `CAR7004` for options that are wrong
 * @example
 * const container = addEvents(createContainer(), { onError: (error) => logger.error(error) });
 * container.register({ shop: asClass(Shop).singleton() });
 * await start(container);
 */
export function addEvents<Cradle extends object>(
  container: AwilixContainer<Cradle>,
  options: EventsOptions = {},
): AwilixContainer<Cradle & EventsCradle> {
  checkEventsOptions('addEvents()', options);
  const given = container as unknown as AnyContainer;
  checkContainer(given);
  const application = new AdapterApplication(options);
  const tree: ContainerTree = {
    application,
    remedy: 'Write openScope(parent) for createScope()',
    openDelivery: (above, scopeOptions, delivery) => {
      const node = openChild(above, scopeOptions);
      const opened = node.container as unknown as ScopedContainer;
      return { node, filled: options.onOpen?.(opened, delivery) };
    },
  };
  const before = registered(given.registrations);
  const node = hook(tree, given, { scope: application.scope });
  for (const [name, resolver] of before) node.register(name, resolver);
  node.adoptBuilt();
  registerFacade(node);
  application.listServices = () => boundServices(node);
  return container as AwilixContainer<Cradle & EventsCradle>;
}

function checkContainer(container: AnyContainer): void {
  if (!hasMethods(container, ['register', 'createScope', 'resolve', 'dispose', 'build']))
    throw new CarillonError(
      'CAR2013',
      'addEvents() was given something that is not a container of awilix. Give the one from createContainer().',
    );
  if (isHooked(container))
    throw new CarillonError(
      'CAR2005',
      'The container has its events already, itself or above. Call addEvents() once, for the root, and open its scopes with openScope(parent).',
    );
}
