/** Gives a container its events. */
import type { DependencyContainer } from 'tsyringe';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { AdapterApplication } from '../../application/adapter-application.js';
import type { ApplicationOptions } from '../../application/application.js';
import type { InterceptedDelivery } from '../../dispatch/interceptor.js';
import { checkEventsOptions } from '../check-events-options.js';
import { boundServices } from './bound-services.js';
import { ContainerNode, type ContainerTree } from './container-node.js';
import {
  FACADE,
  hook,
  isHooked,
  openChild,
  registerFacade,
  type ScopedContainer,
} from './hooked-container.js';
import { type Internals, internalsOf } from './tsyringe-internals.js';

/** How an application in a container is set up. */
export interface EventsOptions extends ApplicationOptions {
  /**
   * Fills the scope of each delivery to a class that is activated per event, before the class is built: registers a unit of work, a logger
   * with the trace id. Default: the scope has only what is registered above.
   */
  readonly onOpen?: (scope: ScopedContainer, delivery: InterceptedDelivery) => void | Promise<void>;
}

/**
 * Gives a container its events: the handlers of what it and its scopes build are wired from then on, and so are those of the singletons that
 * it has built.
 *
 * Registers {@link Events}, {@link ScopedEmitter}, {@link EventBus}, {@link EventQueue} and {@link Scope} under their classes.
 *
 * @param container the application's root: the global `container`, or a child of it
 * @returns the container
 * @throws CarillonError `CAR2005` for a container that has its events, itself or above; `CAR2012` for one that another copy of the package
 * has wired; `CAR2013` for what is no container of tsyringe; `CAR7001` … `CAR7004` for options that are wrong
 * @example
 * addEvents(container, { onError: (error) => logger.error(error) });
 * await start(container);
 */
export function addEvents<T extends DependencyContainer>(
  container: T,
  options: EventsOptions = {},
): T {
  checkEventsOptions('addEvents()', options);
  const inside = internalsOf(container);
  if (isHooked(inside)) throw addedError();
  const application = new AdapterApplication(options);
  const tree: ContainerTree = {
    application,
    remedy: 'Write openScope(parent) for createChildContainer()',
    base: Object.getPrototypeOf(inside) as Internals,
    openDelivery: (above, scopeOptions, delivery) => {
      const node = openChild(above, scopeOptions);
      const opened = node.container as unknown as ScopedContainer;
      return { node, filled: options.onOpen?.(opened, delivery) };
    },
  };
  const node = new ContainerNode(tree, inside, application.scope);
  hook(node);
  registerFacade(node);
  node.adoptAll();
  application.listServices = () => boundServices(node, FACADE);
  return container;
}

function addedError(): CarillonError {
  return new CarillonError(
    'CAR2005',
    'The container has its events already, itself or above. Call addEvents() once, for the root, and open its children with openScope(parent).',
  );
}
