/** The link between one container and its scope: sees what the container builds and what its bindings hold, and wires it. */
import type { Container, ResolutionContext, ServiceIdentifier } from 'inversify';
import { Application, type ApplicationOptions } from '../../application/application.js';
import { isThenable } from '../../events/is-thenable.js';
import { Scope, type ScopeHost } from '../../scope/scope.js';
import { reportPlainChild, settleSingletons } from './captive-dependencies.js';
import { ContainerPlans } from './container-plans.js';
import { emptyContainer } from './empty-container.js';
import { bindingOf, onlyBinding } from './find-binding.js';
import { bindFacade, CONTEXT, facadeOf } from './injectables.js';
import {
  type ActivationCallback,
  type ActivationService,
  type Binding,
  type BindingChange,
  type BindingService,
  isBuilt,
  type Plan,
  type PluginContext,
} from './inversify-internals.js';
import { type ActivatorFactory, classOf, PerEventClasses } from './per-event-classes.js';
import { planBinding } from './resolve-binding.js';
import {
  type BindingHolder,
  copyBinding,
  holdFirst,
  isWatched,
  watchBinding,
} from './watched-binding.js';

/** The property by which a container knows its own link. */

/** Whoever asked for the instance has its error. */
const IGNORED = () => undefined;

const NONE: readonly Binding[] = [];

/** What a plugin is given. */
export interface ContainerInside {
  readonly container: Container;
  readonly context: PluginContext;
}

/**
 * Singletons are wired when their binding gets them: whoever asked, they belong to the container that holds the binding. All else
 * is wired by an activation, after all others of its service, and belongs to the container that was asked.
 */
export class ContainerScope implements BindingHolder, ScopeHost {
  readonly #options: ApplicationOptions;
  /** Let go with the end of a scope. */
  #inside: ContainerInside | undefined;
  #bindings: BindingService;
  /** The bindings here that hold an instance with handlers. */
  #holders: Binding[] = [];
  #application!: Application;
  #scope!: Scope;
  #watched: ActivationService | undefined;
  /** Set while the link below asks for the activations of users. */
  #isAskedBelow = false;
  readonly #plans: ContainerPlans;
  /** Emptied by the program: with the next use begins a new scope. */
  #isEmptied = false;
  /** The last time that the program has done so by a method that waits. */
  #unbinding: { readonly scope: Scope; readonly ended: Promise<void> } | undefined;
  #ownContext: ResolutionContext | undefined;
  #planned: (() => void) | undefined;
  #activated: PerEventClasses | undefined;

  constructor(
    inside: ContainerInside,
    options: ApplicationOptions,
    /** @internal */
    readonly activatorOf: ActivatorFactory,
    readonly parent?: ContainerScope,
  ) {
    const { bindingService, planResultCacheService } = inside.context;
    this.#inside = inside;
    this.#bindings = bindingService;
    this.#options = options;
    this.#plans = new ContainerPlans(
      planResultCacheService,
      this,
      parent === undefined ? undefined : parent.#plans,
    );
    this.#renew();
    this.#watch();
    if (parent !== undefined) return;
    // Plans that were made before have no place for the activation; a scope's container is new and has none.
    this.#plans.forget();
    this.#holdBuilt();
    this.activateBound();
  }

  get container(): Container {
    return (this.#inside as ContainerInside).container;
  }

  /** The container is used: where its scope has ended, the link has let go of it. */
  attach(inside: ContainerInside): void {
    this.#inside ??= inside;
  }

  get application(): Application {
    return this.#application;
  }

  /** The container's scope: the one that has ended, until a new one has begun. */
  get scope(): Scope {
    return this.#scope;
  }

  /** The scope of what is built now: a new one where the program has emptied the container. */
  current(): Scope {
    if (this.#isEmptied) this.#renew();
    return this.#scope;
  }

  /** Something is about to be bound: a container that has ended is used again. */
  using(): void {
    if (this.#isEmptied || this.#scope.state === 'ended') this.#renew();
    this.replan();
  }

  /** Plans are made anew: one that is mended tells nobody. */
  replan(): void {
    this.#plans.replan();
  }

  /** The program is about to remove every binding; what is returned has to be called when that is done, if it takes its time. */
  emptying(isSlow: boolean): (() => void) | undefined {
    this.#isEmptied = true;
    this.#holders = [];
    this.#activated = undefined;
    let done: (() => void) | undefined;
    // The deactivations are a part of the scope's end: whoever ends a scope above waits for them.
    if (isSlow)
      this.#unbinding = { scope: this.#scope, ended: new Promise((resolve) => (done = resolve)) };
    this.#scope.dispose();
    return done;
  }

  /** The program has removed every binding: those of a root's façade are bound again. */
  emptied(): void {
    if (this.parent === undefined) bindFacade(this.container);
  }

  /** Bindings are about to be removed: their instances fall silent first, unless another binding holds them as well. */
  removing(isRemoved: (binding: Binding) => boolean): void {
    this.#activated?.remove(isRemoved);
    const removed = this.#holders.filter(isRemoved);
    if (removed.length === 0) return;
    this.#holders = this.#holders.filter((binding) => !removed.includes(binding));
    for (const binding of removed) this.#release(binding.cache?.value);
  }

  /** A snapshot was restored: other bindings hold other instances. */
  restored(): void {
    const before = this.#holders.map((binding) => binding.cache?.value);
    this.#holders = [];
    this.#ownContext = undefined;
    this.#bindings = this.#context.bindingService;
    this.#watch();
    this.#holdBuilt();
    this.#activated?.remove((binding) => !this.owns(binding));
    this.activateBound();
    for (const instance of before) this.#release(instance);
  }

  /** A child container with a scope is about to be made. */
  opening<T>(open: () => T): T {
    return this.#plans.opening(open);
  }

  *plansBelow(): Generator<ContainerPlans> {
    for (const { host } of this.#scope.children)
      if (host instanceof ContainerScope) yield host.#plans;
  }

  changed({ binding, kind }: BindingChange): void {
    if (kind === 'bindingAdded') this.#activate(binding);
  }

  /** The container has made a plan and is about to follow it. */
  readonly onPlan = (_: unknown, plan: Plan): void => {
    this.#plans.made(plan);
    const planned = this.#planned;
    this.#planned = undefined;
    planned?.();
    if (this.parent === undefined) return;
    settleSingletons(this, plan.tree.root);
  };

  built(binding: Binding, value: unknown): void {
    const { plans } = this.#application;
    const own = plans.of(value);
    if (own.length === 0) return;
    const instance = value as object;
    const scope = this.current();
    if (!this.#isWired(instance, binding)) this.#application.wire(instance, own, scope);
    if (!this.#holders.includes(binding)) this.#holders.push(binding);
  }

  /** The container's own bindings of a service, in the order in which they were bound. */
  bindings(identifier: ServiceIdentifier): Iterable<Binding> {
    return this.#bindings.getNonParentBindings(identifier) ?? NONE;
  }

  /** Every binding of the container, in the order in which their services were bound. */
  *allBindings(): Generator<Binding> {
    for (const identifier of [...this.#bindings.getNonParentBoundServices()]) {
      yield* [...this.bindings(identifier)];
    }
  }

  /** Whether the binding is one of this container. */
  owns(binding: Binding): boolean {
    for (const own of this.bindings(binding.serviceIdentifier)) if (own === binding) return true;
    return false;
  }

  /** Subscribes the handlers of each class that is bound here and built for each event. */
  activateBound(): void {
    for (const binding of this.allBindings()) this.#activate(binding);
  }

  /** Binds what another container binds, for itself alone. */
  bindCopy(binding: Binding): Binding {
    const copy = copyBinding(binding);
    this.#bindings.set(copy);
    return copy;
  }

  /** Begins to build a singleton from here; says `false` where the container has not all that it needs. */
  begin(binding: Binding): boolean {
    const { resolved, isPlanned } = this.#resolve(binding);
    // Whoever asks for the instance next has its error.
    resolved.catch(IGNORED);
    return isPlanned;
  }

  /** The singletons here that say that they have handlers, in the order in which their services were bound. */
  boundListeners(): readonly Binding[] {
    return [...this.allBindings()].filter(
      (binding) => binding.scope === 'Singleton' && this.declaresHandlers(binding),
    );
  }

  /** Builds that singleton; one that has failed before is tried again. */
  async build(binding: Binding): Promise<void> {
    try {
      await this.#resolve(binding).resolved;
    } catch (error) {
      // The container would keep the promise that was rejected.
      if (isBuilt(binding)) binding.cache = { isRight: false };
      throw error;
    }
  }

  /** Whether what the binding gives can have handlers, or cannot be known before it is built. */
  mayHaveHandlers(binding: Binding): boolean {
    return (
      binding.type === 'DynamicValue' ||
      binding.type === 'ResolvedValue' ||
      this.declaresHandlers(binding)
    );
  }

  /** Whether the binding's class, constant or identifier says that it has handlers. */
  declaresHandlers(binding: Binding): boolean {
    return this.#application.plans.ofPrototype(classOf(binding)).length > 0;
  }

  get #context(): PluginContext {
    return (this.#inside as ContainerInside).context;
  }

  /** Resolves that binding and no other. */
  #resolve(binding: Binding): { readonly resolved: Promise<unknown>; readonly isPlanned: boolean } {
    let isPlanned = false;
    const resolved = planBinding(this, this.#context.planResultCacheService, binding, (release) => {
      this.#planned = () => {
        isPlanned = true;
        release();
      };
    });
    this.#planned = undefined;
    return { resolved, isPlanned };
  }

  #renew(): void {
    const { parent } = this;
    const above = parent?.current();
    const isUsedAgain = this.#scope !== undefined;
    if (isUsedAgain && above !== undefined && above.state !== 'open') return;
    this.#application = parent?.application ?? new Application(this.#options);
    const scope =
      above === undefined
        ? this.#application.scope
        : new Scope(above.runtime, this.#options, above);
    this.#scope = scope;
    scope.host = this;
    this.#plans.rejoin();
    this.#isEmptied = false;
    if (above === undefined && isUsedAgain) bindFacade(this.container);
    scope.onDispose(() => this.#ended(scope));
  }

  #ended(scope: Scope): Promise<void> | undefined {
    scope.host = undefined;
    if (this.parent !== undefined) this.#plans.leave();
    if (this.#scope !== scope || this.#isEmptied)
      return this.#unbinding?.scope === scope ? this.#unbinding.ended : undefined;
    this.#holders = [];
    this.#activated = undefined;
    const emptied = emptyContainer(this.container, this.#context);
    // The inner services lead here, and what InversifyJS does with accessors keeps those until V8's next full collection.
    if (emptied === undefined && this.parent !== undefined && !this.#plans.hasPlainChildren)
      this.#inside = undefined;
    return emptied;
  }

  /** What was built before the plugin was registered, or before the snapshot was taken. */
  #holdBuilt(): void {
    for (const binding of this.allBindings()) {
      if (binding.scope !== 'Singleton' || !isBuilt(binding) || !this.mayHaveHandlers(binding))
        continue;
      watchBinding(binding, this);
      const { value } = binding.cache ?? {};
      if (!isThenable(value)) this.built(binding, value);
      // Its binding gets the instance by the way that began before it was watched.
      else
        value.then(
          (instance) => this.#scope.state === 'open' && this.built(binding, instance),
          IGNORED,
        );
    }
  }

  #release(instance: unknown): void {
    if (
      instance === undefined ||
      this.#holders.some((binding) => binding.cache?.value === instance)
    )
      return;
    this.#scope.disown(instance as object);
  }

  /** Restoring a snapshot puts another service in the place of the one that is watched. */
  #watch(): void {
    const service = this.#context.activationService;
    if (service === this.#watched) return;
    this.#watched = service;
    const original = service.get;
    const { parent } = this;
    service.get = (identifier) => {
      if (parent !== undefined) parent.#mute();
      const others = original.call(service, identifier);
      if (parent !== undefined) parent.#unmute();
      if (this.#isAskedBelow) return others;
      const facade = facadeOf(identifier);
      if (facade !== undefined) return [(context) => facade(this, context), ...(others ?? [])];
      const own = this.#activationOf(identifier);
      if (own === undefined) return others;
      return others === undefined ? [own] : [...others, own];
    };
  }

  #activate(binding: Binding): void {
    if (this.#application.plans.activated(classOf(binding)).length === 0) return;
    // A container's plans hear of the bindings above as well.
    if (this.#scope.state !== 'open' || !this.owns(binding)) return;
    this.#activated ??= new PerEventClasses(this, this.activatorOf);
    this.#activated.add(binding);
  }

  #mute(): void {
    this.#isAskedBelow = true;
  }

  #unmute(): void {
    this.#isAskedBelow = false;
  }

  /**
   * Watches the singletons of a service, here and above, and gives the activation for what is none; or for a singleton that is all there
   * is, so that nothing has to be watched. A plain child may have others that are not seen from here.
   */
  #activationOf(identifier: ServiceIdentifier): ActivationCallback | undefined {
    const only = this.#plans.hasPlainChildren
      ? undefined
      : onlyBinding<ContainerScope>(this, identifier);
    if (only?.binding.scope === 'Singleton') {
      const { link, binding } = only;
      if (!this.mayHaveHandlers(binding) || isWatched(binding)) return undefined;
      return (_, value) => holdFirst(binding, link, value);
    }
    let isBound = false;
    let mayBeOther = false;
    for (let link: ContainerScope | undefined = this; link !== undefined; link = link.parent) {
      for (const binding of link.bindings(identifier)) {
        isBound = true;
        if (!this.mayHaveHandlers(binding)) continue;
        if (binding.scope === 'Singleton') watchBinding(binding, link);
        else mayBeOther = true;
      }
    }
    if (isBound && !mayBeOther && !(this.#plans.hasPlainChildren && this.parent !== undefined))
      return undefined;
    return (context, value) => this.#wire(identifier, context, value);
  }

  #wire(identifier: ServiceIdentifier, context: ResolutionContext, value: unknown): unknown {
    const plans = this.#application.plans.of(value);
    if (plans.length === 0) return value;
    const instance = value as object;
    const binding = bindingOf(this, identifier, instance);
    if (binding?.scope === 'Singleton' || this.#isWired(instance, binding)) return value;
    if (this.#isOwn(context)) this.#application.wire(instance, plans, this.current());
    else reportPlainChild(this, instance.constructor);
    return value;
  }

  /** What a function or a constant gives can have been wired in any scope; what was built just now, in none but by a guess. */
  #isWired(instance: object, binding: Binding | undefined): boolean {
    if (binding?.implementationType !== instance.constructor) {
      return this.#application.scope.tree().some((scope) => scope.instances.has(instance));
    }
    for (let scope: Scope | undefined = this.#scope; scope !== undefined; scope = scope.parent) {
      if (scope.instances.has(instance)) return true;
    }
    return false;
  }

  #isOwn(context: ResolutionContext): boolean {
    if (!this.#plans.hasPlainChildren) return true;
    // Who asks one that has let go of its container gets nothing that hears.
    if (this.#inside === undefined) return false;
    this.#ownContext ??= this.container.get(CONTEXT);
    return context === this.#ownContext;
  }
}
