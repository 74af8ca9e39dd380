/** One container and its scope: how the scope begins, is renewed and ends, and what the container binds. */
import { Container, type ResolutionContext, type ServiceIdentifier } from 'inversify';
import {
  type AdapterScope,
  adapterScope,
  cleanUpContainer,
} from '../../application/adapter-view.js';
import { Application, type ApplicationOptions } from '../../application/application.js';
import { Scope, type ScopeHost } from '../../scope/scope.js';
import { boundServices } from './bound-services.js';
import { baseContext } from './build-context.js';
import { Builds } from './builds.js';
import { type SingletonOwner, settleSingletons } from './captive-dependencies.js';
import { ContainerPlans, type PlanHolder } from './container-plans.js';
import { type EmptyingContainer, emptyContainer } from './empty-container.js';
import type { FollowedContainer } from './followed-plan.js';
import { followPlan } from './followed-plan.js';
import { bindFacade, CONTEXT } from './injectables.js';
import { InstanceWiring, type WiringContainer } from './instance-wiring.js';
import type {
  Binding,
  BindingChange,
  BindingService,
  Plan,
  PluginContext,
  Selector,
} from './inversify-internals.js';
import type { ActivatorFactory } from './per-event-classes.js';
import { type Beginning, beginBinding, type PlanningContainer } from './resolve-binding.js';
import { Selectors } from './selectors.js';
import { copyBinding } from './watched-binding.js';

const NO_BINDINGS: readonly Binding[] = [];

/** What a plugin is given. */
export interface ContainerInside {
  readonly container: Container;
  readonly context: PluginContext;
}

/** One container's part of an application. */
export class ContainerScope
  implements
    ScopeHost,
    WiringContainer,
    SingletonOwner,
    PlanningContainer,
    PlanHolder,
    FollowedContainer
{
  /** What the container builds and its bindings hold. */
  readonly wiring: InstanceWiring;
  readonly plans: ContainerPlans;
  /** What is being built in the application's containers. */
  readonly builds: Builds;
  /** Called when the container has made its next plan. */
  onPlanned: (() => void) | undefined = undefined;
  readonly #options: ApplicationOptions;
  #selectors: Selectors | undefined;
  /** Dropped at the end of a scope. */
  #inside: ContainerInside | undefined;
  #bindings: BindingService;
  #application!: Application;
  #ownContext: ResolutionContext | undefined;
  #scope!: AdapterScope;
  /** Emptied by the program: its next use begins a new scope. */
  #isEmptied = false;
  /** The end of the scope empties it, and has to wait. */
  #emptying: EmptyingContainer | undefined;
  /** The scope that ended because the program emptied the container: its bindings are not removed once more. */
  #emptiedScope: AdapterScope | undefined;
  /** The last time that the program emptied it by a method that waits. */
  #unbinding: { readonly scope: AdapterScope; readonly ended: Promise<void> } | undefined;

  constructor(
    inside: ContainerInside,
    options: ApplicationOptions,
    readonly activatorOf: ActivatorFactory,
    readonly parent?: ContainerScope,
  ) {
    const { bindingService, planResultCacheService } = inside.context;
    this.#inside = inside;
    this.#bindings = bindingService;
    this.#options = options;
    this.plans = new ContainerPlans(
      planResultCacheService,
      this,
      parent === undefined ? undefined : parent.plans,
    );
    this.builds = parent?.builds ?? new Builds();
    this.#renew();
    this.wiring = new InstanceWiring(this);
    if (parent !== undefined) return;
    // Plans that were made before have no place for the activation; a scope's container is new and has none.
    this.plans.forget();
    this.wiring.adopt();
  }

  get container(): Container {
    return (this.#inside as ContainerInside).container;
  }

  get context(): PluginContext {
    return (this.#inside as ContainerInside).context;
  }

  /** Whether it has its container: it drops it at the end of a scope. */
  get isAttached(): boolean {
    return this.#inside !== undefined;
  }

  /** The container is used, maybe after the end of its scope. */
  attach(inside: ContainerInside): void {
    this.#inside ??= inside;
  }

  get isEmptied(): boolean {
    return this.#isEmptied;
  }

  get application(): Application {
    return this.#application;
  }

  /** The container's scope: the one that has ended, until a new one has begun. */
  get scope(): AdapterScope {
    return this.#scope;
  }

  /** The scope of what is built now: a new one where the program has emptied the container. */
  current(): AdapterScope {
    if (this.#isEmptied) this.#renew();
    return this.#scope;
  }

  /** Something is about to be bound: a container that has ended is used again. */
  using(): void {
    if (this.#isEmptied || this.#scope.state === 'ended') this.#renew();
    this.plans.replan();
  }

  /** The program is about to remove every binding; what is returned has to be called when that has failed. */
  emptying(): () => void {
    const scope = this.#scope;
    // What it runs meanwhile, such as the end of a task, finds the scope that ends.
    this.#emptiedScope = scope;
    const giveBack = this.wiring.removeAll();
    scope.dispose();
    this.#isEmptied = true;
    return () => {
      // All is still bound, and has lost its scope: it gets the new one.
      if (this.current().state === 'open') giveBack();
    };
  }

  /** The same by a method that waits. */
  emptyingSlowly(): { readonly failed: () => void; readonly ended: () => void } {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    // The deactivations are a part of the scope's end: the end of a scope above waits for them.
    this.#unbinding = { scope: this.#scope, ended };
    return { failed: this.emptying(), ended: end };
  }

  /** The program has removed every binding: those of a root's façade are bound again. */
  emptied(): void {
    if (this.parent === undefined) bindFacade(this.container);
  }

  /** A snapshot was restored: other bindings hold other instances. */
  restored(): void {
    this.#bindings = this.context.bindingService;
    this.#ownContext = undefined;
    this.wiring.restored();
  }

  *plansBelow(): Generator<ContainerPlans> {
    for (const { host } of this.#scope.children)
      if (host instanceof ContainerScope) yield host.plans;
  }

  changed(change?: BindingChange): void {
    if (change === undefined) this.wiring.activateBound();
    else if (change.kind === 'bindingAdded') this.wiring.activate(change.binding);
  }

  /** The container has made a plan and is about to follow it. */
  readonly onPlan = (asked: Selector, plan: Plan): void => {
    this.plans.made(plan);
    const planned = this.onPlanned;
    this.onPlanned = undefined;
    planned?.();
    const { root } = plan.tree;
    if (this.parent !== undefined) settleSingletons(this, root, asked);
    followPlan(this, root);
  };

  /** The context of the container's own resolutions. */
  ownContext(): ResolutionContext {
    // The container's own method would count as its use by the program.
    this.#ownContext ??= baseContext(
      Container.prototype.get.call(this.container, CONTEXT) as ResolutionContext,
    );
    return this.#ownContext;
  }

  /** The container's own bindings of a service, in the order in which they were bound. */
  bindings(identifier: ServiceIdentifier): Iterable<Binding> {
    return this.#bindings.getNonParentBindings(identifier) ?? NO_BINDINGS;
  }

  /** The names and tags of its bindings, as far as it notes them. */
  get selectors(): Selectors {
    this.#selectors ??= new Selectors((identifier) => this.bindings(identifier));
    return this.#selectors;
  }

  /** Every binding of the container, in the order in which their services were bound. */
  *allBindings(): Generator<Binding> {
    for (const identifier of [...this.#bindings.getNonParentBoundServices()]) {
      yield* [...this.bindings(identifier)];
    }
  }

  /** The services that it binds; none may be bound or unbound while they are walked. */
  boundServices(): Iterable<ServiceIdentifier> {
    return this.#bindings.getNonParentBoundServices();
  }

  /** Whether the binding is one of this container. */
  owns(binding: Binding): boolean {
    for (const own of this.bindings(binding.serviceIdentifier)) if (own === binding) return true;
    return false;
  }

  /** Binds what another container binds, for itself alone. */
  bindCopy(binding: Binding): Binding {
    const copy = copyBinding(binding);
    this.#bindings.set(copy);
    return copy;
  }

  /** Begins to build a singleton from here, as the selector asks for it. */
  begin(binding: Binding, selector: Selector): Beginning {
    return beginBinding(this, binding, selector);
  }

  #renew(): void {
    const { parent } = this;
    const above = parent?.current();
    const isUsedAgain = this.#scope !== undefined;
    if (isUsedAgain && above !== undefined && above.state !== 'open') return;
    this.#application = parent?.application ?? new Application(this.#options);
    if (parent === undefined)
      this.#application.listServices = () => boundServices(containersOf(this.#application));
    const scope =
      above === undefined
        ? this.#application.scope
        : adapterScope(new Scope(above.runtime, this.#options, above));
    this.#scope = scope;
    scope.host = this;
    this.plans.rejoin();
    this.#isEmptied = false;
    this.#emptiedScope = undefined;
    if (above === undefined && isUsedAgain) bindFacade(this.container);
    cleanUpContainer(
      scope,
      () => this.#ended(scope),
      () => this.#emptying?.leaveBehind() ?? ['unbindAll()'],
    );
  }

  #ended(scope: AdapterScope): Promise<void> | undefined {
    scope.host = undefined;
    if (this.parent !== undefined) this.plans.leave();
    if (this.#scope !== scope || this.#emptiedScope === scope)
      return this.#unbinding?.scope === scope ? this.#unbinding.ended : undefined;
    this.wiring.clear();
    const emptying = emptyContainer(this.container, this.context);
    this.#emptying = emptying;
    if (emptying !== undefined) return emptying.ended();
    // The inner services lead here, and what InversifyJS does with accessors keeps those until V8's next full collection.
    if (this.parent !== undefined && !this.plans.hasPlainChildren) this.#inside = undefined;
    return undefined;
  }
}

/** Every container of the application that has not ended, those above first. */
function containersOf({ scope }: Application): readonly ContainerScope[] {
  return scope
    .tree()
    .reverse()
    .flatMap(({ host }) => (host instanceof ContainerScope ? [host] : []));
}
