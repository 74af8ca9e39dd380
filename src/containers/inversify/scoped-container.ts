/** The child container of a scope: its own methods end its handlers before they unbind. */
import { Container } from 'inversify';
import type { ScopeOptions } from '../../scope/scope-options.js';
import { hookedMethods } from './container-hooks.js';
import { type ContainerInside, ContainerLink, LINK } from './container-link.js';
import { IS_PLUGIN, type PluginApi, type PluginConstructor, type PluginContext } from './services.js';

/** A child container that ends its handlers, and then its bindings, when it is disposed. */
export interface ScopedContainer extends Container {
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Made by `openScope`. */
export class OpenedContainer extends Container implements ScopedContainer {
  [LINK]!: ContainerLink;
  inside!: ContainerInside;

  constructor(
    readonly above: ContainerLink,
    readonly options: ScopeOptions,
  ) {
    super({ parent: above.container });
    this.register(ScopePlugin as unknown as PluginConstructor);
  }

  [Symbol.dispose](): void {
    this[LINK].scope.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this[LINK].scope.disposeAsync();
  }
}

for (const [name, value] of hookedMethods((container) => usedLink(container as OpenedContainer))) {
  Object.defineProperty(OpenedContainer.prototype, name, { value, writable: true, configurable: true });
}

function usedLink(container: OpenedContainer): ContainerLink {
  const link = container[LINK];
  link.attach(container.inside);
  return link;
}

/** Registered for what it is given: the inner services of the container. */
class ScopePlugin implements ContainerInside {
  readonly [IS_PLUGIN] = true;

  constructor(
    readonly container: OpenedContainer,
    readonly context: PluginContext,
  ) {
    const { above, options } = container;
    container.inside = this;
    container[LINK] = new ContainerLink(this, options, above.activatorOf, above);
  }

  load(api: PluginApi): void {
    api.onPlan(this.container[LINK].onPlan);
  }
}
