/** The link between one container and its scope: sees what the container builds, and wires it. */
import type { Container, ResolutionContext, ServiceIdentifier } from 'inversify';
import { isThenable } from '../../dispatch/run.js';
import type { Scope } from '../../scope/scope.js';
import type { Application } from '../application.js';
import type { Activation, ActivationService, Binding, PlanSubscriber, PluginContext } from './services.js';

/** Asks the container that resolves for its link. */
export const LINK = Symbol.for('carillon.inversify.link') as ServiceIdentifier<ContainerLink>;

/** The method by which a container tells its own link, also after it was emptied. */
export const LINK_OF = Symbol.for('carillon.inversify.linkOf');

/** Whoever asked for the instance has its error. */
const IGNORED = () => undefined;

const NOTHING: readonly Activation[] = [];

/**
 * Adds one activation after all others of a service whose classes may have handlers, so that an instance is wired once it is fully
 * constructed, and before the resolution that built it returns it.
 */
export class ContainerLink implements PlanSubscriber {
  readonly #context: PluginContext;
  readonly #activations = new Map<ServiceIdentifier, readonly Activation[]>();
  /** The container's own singletons that are wired, each with the bindings that hold it. */
  readonly #held = new Map<object, Binding[]>();
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
    if (parent === undefined) {
      context.planResultCacheService.clearCache();
      this.#wireBuilt();
    }
  }

  /** The link of the container that resolves, also when a parent's binding is resolved through a child. */
  static of(context: ResolutionContext): ContainerLink {
    return context.get(LINK);
  }

  clearCache(): void {
    this.#activations.clear();
    this.#ownContext = undefined;
    this.#watch();
    this.#release();
  }

  invalidateServiceBinding({ binding, kind }: { readonly binding: Binding; readonly kind: string }): void {
    this.#activations.delete(binding.serviceIdentifier);
    if (kind === 'bindingRemoved') this.#release();
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

  /** Singletons that were built before the plugin was registered. */
  #wireBuilt(): void {
    for (const identifier of this.#context.bindingService.getNonParentBoundServices()) {
      for (const binding of this.#context.bindingService.getNonParentBindings(identifier) ?? []) {
        if (binding.scope !== 'Singleton' || binding.cache?.isRight !== true) continue;
        const { value } = binding.cache;
        if (isThenable(value)) value.then((built) => this.#wireOwn(built, binding), IGNORED);
        else this.#wireOwn(value, binding);
      }
    }
  }

  #wireOwn(value: unknown, binding: Binding): void {
    const plans = this.application.plans.of(value);
    if (plans.length === 0) return;
    const instance = value as object;
    const holders = this.#held.get(instance);
    if (holders !== undefined) {
      if (!holders.includes(binding)) holders.push(binding);
      return;
    }
    if (!isWired(instance, this.scope)) this.application.wire(instance, plans, this.scope);
    this.#held.set(instance, [binding]);
  }

  /** Ends the handlers of the singletons that no binding holds any more. */
  #release(): void {
    for (const [instance, holders] of this.#held) {
      if (holders.some((binding) => this.#holds(binding, instance))) continue;
      this.#held.delete(instance);
      this.scope.disown(instance);
    }
  }

  #holds(holder: Binding, instance: object): boolean {
    for (const binding of this.#context.bindingService.getNonParentBindings(holder.serviceIdentifier) ?? []) {
      if (binding === holder) return true;
      // A snapshot is restored as copies, which hold what was built when it was taken.
      if (binding.id !== holder.id) continue;
      const { value } = binding.cache ?? {};
      if (binding.value === instance || value === instance || isThenable(value)) return true;
    }
    return false;
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
    if (this.parent === undefined) this.#endFirst();
  }

  /** What is bound first is deactivated first: the scope has to end before what was bound before the plugin was registered. */
  #endFirst(): void {
    const { bindingService } = this.#context;
    const original = bindingService.getNonParentBoundServices.bind(bindingService);
    bindingService.getNonParentBoundServices = () => {
      const identifiers = new Set(original());
      return identifiers.delete(LINK) ? [LINK, ...identifiers] : identifiers;
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
    if (this.#isShadowed(asker, identifier, instance)) return value;
    const binding = this.#bindingOf(identifier, instance);
    if (binding?.scope === 'Singleton') this.#wireOwn(instance, binding);
    else if (!isWired(instance, asker.scope)) this.application.wire(instance, plans, asker.scope);
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
