/** The link between one container and its scope: sees what the container builds, and wires it. */
import type { Container, ResolutionContext, ServiceIdentifier } from 'inversify';
import type { Scope } from '../../scope/scope.js';
import type { Application } from '../application.js';
import type { Activation, ActivationService, Binding, PlanSubscriber, PluginContext } from './services.js';

/** Asks the container that resolves for its link. */
export const LINK = Symbol.for('carillon.inversify.link') as ServiceIdentifier<ContainerLink>;

/** The method by which a container tells its own link, also after it was emptied. */
export const LINK_OF = Symbol.for('carillon.inversify.linkOf');

const NOTHING: readonly Activation[] = [];

/**
 * Adds one activation after all others of a service whose classes may have handlers, so that an instance is wired once it is fully
 * constructed, and before the resolution that built it returns it.
 */
export class ContainerLink implements PlanSubscriber {
  readonly #context: PluginContext;
  readonly #activations = new Map<ServiceIdentifier, readonly Activation[]>();
  #watched: ActivationService | undefined;
  #ownContext: ResolutionContext | undefined;

  constructor(
    readonly container: Container,
    readonly application: Application,
    readonly scope: Scope,
    context: PluginContext,
    readonly parent?: ContainerLink,
  ) {
    this.#context = context;
    this.#watch();
    context.planResultCacheService.subscribe(this);
    // Plans that were made before have no place for the activation; a scope's container is new and has none.
    if (parent === undefined) context.planResultCacheService.clearCache();
  }

  /** The link of the container that resolves, also when a parent's binding is resolved through a child. */
  static of(context: ResolutionContext): ContainerLink {
    return context.get(LINK);
  }

  clearCache(): void {
    this.#activations.clear();
    this.#ownContext = undefined;
    this.#watch();
  }

  invalidateServiceBinding({ binding }: { readonly binding: Binding }): void {
    this.#activations.delete(binding.serviceIdentifier);
  }

  /** Every class bound here that has handlers, in binding order, with the service to ask for. */
  *boundSingletons(): Generator<ServiceIdentifier> {
    for (const identifier of this.#context.bindingService.getNonParentBoundServices()) {
      const bindings = this.#context.bindingService.getNonParentBindings(identifier) ?? [];
      for (const binding of bindings) {
        if (binding.scope === 'Singleton' && this.#declaresHandlers(binding)) {
          yield identifier;
          break;
        }
      }
    }
  }

  /** Restoring a snapshot puts another service in the place of the one that is watched. */
  #watch(): void {
    const service = this.#context.activationService;
    if (service === this.#watched) return;
    this.#watched = service;
    const original = service.get.bind(service);
    service.get = (identifier) => {
      const own = this.#activationsOf(identifier);
      const others = original(identifier);
      if (own.length === 0) return others;
      return others === undefined ? own : [...others, ...own];
    };
  }

  #activationsOf(identifier: ServiceIdentifier): readonly Activation[] {
    let activations = this.#activations.get(identifier);
    if (activations === undefined) {
      const bindings = [...(this.#context.bindingService.getNonParentBindings(identifier) ?? [])];
      activations = bindings.some((binding) => this.#mayHaveHandlers(binding))
        ? [(context, value) => this.#activate(identifier, context, value)]
        : NOTHING;
      this.#activations.set(identifier, activations);
    }
    return activations;
  }

  #mayHaveHandlers(binding: Binding): boolean {
    // What a function or a redirection gives is not known before it runs.
    return binding.type === 'DynamicValue' || binding.type === 'ResolvedValue' || this.#declaresHandlers(binding);
  }

  #declaresHandlers(binding: Binding): boolean {
    const { plans } = this.application;
    if (binding.implementationType !== undefined) return plans.ofPrototype(binding.implementationType.prototype).length > 0;
    return binding.type === 'ConstantValue' && plans.of(binding.value).length > 0;
  }

  #activate(identifier: ServiceIdentifier, context: ResolutionContext, value: unknown): unknown {
    const plans = this.application.plans.of(value);
    if (plans.length === 0) return value;
    const asker = this.#askerOf(context);
    const instance = value as object;
    if (isWired(instance, asker.scope) || this.#isShadowed(asker, identifier, instance)) return value;
    const binding = this.#bindingOf(identifier, instance);
    this.application.wire(instance, plans, binding?.scope === 'Singleton' ? this.scope : asker.scope);
    return value;
  }

  #askerOf(context: ResolutionContext): ContainerLink {
    return context === this.#ownContext ? this : this.#learn(context);
  }

  #learn(context: ResolutionContext): ContainerLink {
    const link = ContainerLink.of(context);
    if (link === this) this.#ownContext = context;
    return link;
  }

  /** A parent's activations also run for what a container below it binds under the same identifier. */
  #isShadowed(asker: ContainerLink, identifier: ServiceIdentifier, instance: object): boolean {
    for (let step: ContainerLink | undefined = asker; step !== undefined && step !== this; step = step.parent) {
      if (step.#bindingOf(identifier, instance) !== undefined) return true;
    }
    return false;
  }

  /** The container's own binding that the instance must come from. */
  #bindingOf(identifier: ServiceIdentifier, instance: object): Binding | undefined {
    for (const binding of this.#context.bindingService.getNonParentBindings(identifier) ?? []) {
      if (binding.implementationType !== undefined && binding.implementationType !== instance.constructor) continue;
      if (binding.type === 'ConstantValue' && binding.value !== instance) continue;
      if (binding.type !== 'ServiceRedirection') return binding;
    }
    return undefined;
  }
}

function isWired(instance: object, scope: Scope): boolean {
  for (let step: Scope | undefined = scope; step !== undefined; step = step.parent) {
    if (step.instances.has(instance)) return true;
  }
  return false;
}
