/** The plugin that gives a container its scope. */

import type { Container } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { ApplicationOptions } from '../../application/application.js';
import { OPEN_SCOPE } from '../../application/scope-opener.js';
import { ASYNC_DISPOSE, DISPOSE } from '../../dispatch/dispose-symbols.js';
import { assertSameCopy, HOST } from '../../scope/scope.js';
import type { ScopeOptions } from '../../scope/scope-options.js';
import { checkEventsOptions } from '../check-events-options.js';
import { hookedMethods } from './container-hooks.js';
import { ContainerScope } from './container-scope.js';
import { bindFacade, CONTEXT } from './injectables.js';
import {
  IS_PLUGIN,
  type PluginApi,
  type PluginConstructor,
  type PluginContext,
} from './inversify-internals.js';
import { openScope } from './open-scope.js';
import { type FillScope, PerEventClass } from './per-event-class.js';

/** How an application in a container is set up. */
export interface EventsOptions extends ApplicationOptions {
  /**
   * Fills the scope of each delivery to a class that is activated per event, before the class is built: binds a unit of work, a logger
   * with the trace id. Default: the scope has only what is bound above.
   */
  readonly onOpen?: FillScope;
}

/**
 * The plugin of an application's root container. It wires what the container and its scopes build from then on.
 *
 * Binds {@link Events}, {@link ScopedEmitter}, {@link EventBus}, {@link EventQueue} and {@link Scope} under their classes.
 *
 * @throws CarillonError `CAR7004` for an unknown option; when the plugin is registered: `CAR2005` for a container that has it, itself or
 * above; `CAR2012` for one that another copy of the package has wired; `CAR7001` … `CAR7004` for options that are wrong
 * @example
 * const container = new Container();
 * container.register(events({ onError: (error) => logger.error(error) }));
 */
export function events(options: EventsOptions = {}): PluginConstructor {
  checkEventsOptions('events()', options);
  class CarillonPlugin {
    readonly [IS_PLUGIN] = true;
    readonly #containerScope: ContainerScope;

    constructor(container: Container, context: PluginContext) {
      const host = (container as { [HOST]?: ContainerScope })[HOST];
      if (host !== undefined) assertSameCopy(host);
      if (container.isBound(CONTEXT)) throw registeredError();
      this.#containerScope = new ContainerScope(
        { container, context },
        options,
        (owner, binding) => new PerEventClass(owner, binding, options.onOpen),
      );
    }

    load(api: PluginApi): void {
      const containerScope = this.#containerScope;
      const { container } = containerScope;
      (container as { [HOST]?: ContainerScope })[HOST] = containerScope;
      bindFacade(container);
      api.onPlan(containerScope.onPlan);
      api.define(OPEN_SCOPE, (options?: ScopeOptions) => openScope(container, options));
      api.define(DISPOSE, () => containerScope.scope.dispose());
      api.define(ASYNC_DISPOSE, () => containerScope.scope[ASYNC_DISPOSE]());
      for (const [name, method] of hookedMethods(() => containerScope))
        api.define(name, containerScope.selectors.noting(name, method.bind(container)));
    }
  }
  return CarillonPlugin as unknown as PluginConstructor;
}

function registeredError(): CarillonError {
  return new CarillonError(
    'CAR2005',
    'The plugin is registered already, for this container or for one above it. Register it once, at the root, and open its children with openScope(parent).',
  );
}
