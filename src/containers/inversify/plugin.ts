/** The plugin that gives a container its scope. */
import type { Container } from 'inversify';
import { EventBus } from '../../bus/event-bus.js';
import { ScopedEmitter } from '../../dispatch/emitter.js';
import { EventQueue } from '../../queue/event-queue.js';
import { Scope, type ScopeOptions } from '../../scope/scope.js';
import { Application, type ApplicationOptions } from '../application.js';
import { asyncContext } from '../async-context.js';
import { Events } from '../events.js';
import { ContainerLink, LINK, LINK_OF } from './container-link.js';
import { IS_PLUGIN, type PluginApi, type PluginConstructor, type PluginContext } from './services.js';

/**
 * The plugin of an application's root container. What the container builds from then on, and what its scopes build, is wired.
 *
 * Binds {@link Events}, {@link ScopedEmitter}, {@link EventBus}, {@link EventQueue} and {@link Scope} under their classes.
 *
 * @throws CarillonError `CAR7001`, `CAR7002` for options that are wrong, when the plugin is registered
 * @example
 * const container = new Container();
 * container.register(events({ onError: (error) => logger.error(error) }));
 */
export function events(options: ApplicationOptions = {}): PluginConstructor {
  return pluginClass((container, context) => {
    const application = new Application({ context: asyncContext(), ...options });
    const link = new ContainerLink(container, application, application.scope, context);
    bindRoot(container, application);
    return link;
  });
}

/** Gives a child container a scope below another. */
export function registerScope(container: Container, parent: ContainerLink, options: ScopeOptions): void {
  opening = (child, context) => {
    const scope = new Scope(parent.scope.runtime, options, parent.scope);
    return new ContainerLink(child, parent.application, scope, context, parent);
  };
  container.register(ScopePlugin as unknown as PluginConstructor);
}

type CreateLink = (container: Container, context: PluginContext) => ContainerLink;

function pluginClass(createLink: CreateLink): PluginConstructor {
  class CarillonPlugin extends LinkPlugin {
    protected override createLink(): ContainerLink {
      return createLink(this.container, this.context);
    }
  }
  return CarillonPlugin as unknown as PluginConstructor;
}

abstract class LinkPlugin {
  readonly [IS_PLUGIN] = true;

  constructor(
    protected readonly container: Container,
    protected readonly context: PluginContext,
  ) {}

  load(api: PluginApi): void {
    const { container } = this;
    const link = this.createLink();
    const { scope } = link;
    container
      .bind(LINK)
      .toConstantValue(link)
      .onDeactivation(() => scope.dispose());
    // Resolved once, because what was never resolved is not deactivated.
    container.get(LINK);
    scope.onDispose(() => unbindAll(container));
    api.define(LINK_OF, () => link);
    api.define(Symbol.dispose, () => scope.dispose());
    api.define(Symbol.asyncDispose, () => scope[Symbol.asyncDispose]());
  }

  protected abstract createLink(): ContainerLink;
}

/** What the container that is being registered becomes; a class for each would cost more than the rest of its life. */
let opening: CreateLink | undefined;

class ScopePlugin extends LinkPlugin {
  protected override createLink(): ContainerLink {
    const createLink = opening as CreateLink;
    opening = undefined;
    return createLink(this.container, this.context);
  }
}

/** Before version 8 it was `unbindAll` that waited. */
async function unbindAll(container: Container): Promise<void> {
  if (typeof container.unbindAllAsync === 'function') await container.unbindAllAsync();
  else await (container as { unbindAll(): unknown }).unbindAll();
}

function bindRoot(container: Container, application: Application): void {
  container.bind(EventBus).toConstantValue(application.bus);
  container.bind(EventQueue).toConstantValue(application.queue);
  container
    .bind(Scope)
    .toDynamicValue((context) => ContainerLink.of(context).scope)
    .inTransientScope();
  container
    .bind(ScopedEmitter)
    .toDynamicValue((context) => ContainerLink.of(context).scope.emitter)
    .inTransientScope();
  container
    .bind(Events)
    .toDynamicValue((context) => new Events(ContainerLink.of(context).scope, application.bus, application.queue))
    .inTransientScope();
}
