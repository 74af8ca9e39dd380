/** The child container of a scope: its own methods end its handlers before they unbind. */

import { Container } from 'inversify';
import { ASYNC_DISPOSE, DISPOSE } from '../../dispatch/dispose-symbols.js';
import { HOST } from '../../scope/scope.js';
import type { ScopeOptions } from '../../scope/scope-options.js';
import { hookedMethods } from './container-hooks.js';
import { type ContainerInside, ContainerScope } from './container-scope.js';
import {
  IS_PLUGIN,
  type PluginApi,
  type PluginConstructor,
  type PluginContext,
} from './inversify-internals.js';

/** A child container that ends its handlers, and then its bindings, when it is disposed. */
export interface ScopedContainer extends Container {
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Made by `openScope`. */
export class OpenedContainer extends Container implements ScopedContainer {
  [HOST]!: ContainerScope;
  inside!: ContainerInside;

  constructor(
    readonly above: ContainerScope,
    readonly options: ScopeOptions,
  ) {
    super({ parent: above.container });
    this.register(ScopePlugin as unknown as PluginConstructor);
  }

  [DISPOSE](): void {
    this[HOST].scope.dispose();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this[HOST].scope.disposeAsync();
  }
}

for (const [name, value] of hookedMethods((container) => attached(container as OpenedContainer))) {
  Object.defineProperty(OpenedContainer.prototype, name, {
    value,
    writable: true,
    configurable: true,
  });
}

function attached(container: OpenedContainer): ContainerScope {
  const containerScope = container[HOST];
  containerScope.attach(container.inside);
  return containerScope;
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
    container[HOST] = new ContainerScope(this, options, above.activatorOf, above);
  }

  load(api: PluginApi): void {
    api.onPlan(this.container[HOST].onPlan);
  }
}
