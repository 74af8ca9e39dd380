/** The child container of a scope: its own methods end its handlers before they unbind. */
import { Container } from 'inversify';
import type { ScopeOptions } from '../../scope/scope.js';
import { hookedMethods } from './container-hooks.js';
import { ContainerLink, LINK } from './container-link.js';
import { IS_PLUGIN, type PluginApi, type PluginConstructor, type PluginContext } from './services.js';

/** A child container that ends its handlers, and then its bindings, when it is disposed. */
export interface ScopedContainer extends Container {
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Made by `openScope`. */
export class OpenedContainer extends Container implements ScopedContainer {
  [LINK]!: ContainerLink;

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

for (const [name, value] of hookedMethods((container) => (container as OpenedContainer)[LINK])) {
  Object.defineProperty(OpenedContainer.prototype, name, { value, writable: true, configurable: true });
}

/** Registered for what it is given: the inner services of the container. */
class ScopePlugin {
  readonly [IS_PLUGIN] = true;
  readonly #link: ContainerLink;

  constructor(container: OpenedContainer, context: PluginContext) {
    const { above, options } = container;
    this.#link = new ContainerLink(container, context, options, above.activatorOf, above);
    container[LINK] = this.#link;
  }

  load(api: PluginApi): void {
    api.onPlan(this.#link.onPlan);
  }
}
