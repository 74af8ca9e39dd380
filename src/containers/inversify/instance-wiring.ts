/** Sees what a container builds and what its bindings hold, and wires it into the container's scope. */
import type { ResolutionContext, ServiceIdentifier } from 'inversify';
import type { Handler, HandlerPlan } from '../../dispatch/handler.js';
import { isThenable } from '../../events/is-thenable.js';
import { baseContext } from './build-context.js';
import type { Build, Builds } from './builds.js';
import { reportPlainChild } from './captive-dependencies.js';
import { bindingOf, onlyBinding } from './find-binding.js';
import { facadeOf, type InjectingScope } from './injectables.js';
import {
  type ActivationCallback,
  type Binding,
  isBuilt,
  type PluginContext,
} from './inversify-internals.js';
import {
  type ActivatorFactory,
  classOf,
  type EventClassOwner,
  PerEventClasses,
} from './per-event-classes.js';
import { ProgramActivations } from './program-activations.js';
import { isRemoved, noteKept, noteRemoved } from './removed-bindings.js';
import { type BindingHolder, holdFirst, isWatched, watchBinding } from './watched-binding.js';

/** The caller that asked for the instance has its error. */
const IGNORED = () => undefined;

/** What a container was asked for. */
interface Request {
  readonly identifier: ServiceIdentifier;
  readonly context: ResolutionContext;
  /** Which build asked, if that is known. */
  readonly build: Build | undefined;
}

/** A container and its scope, as the wiring of its instances sees them. */
export interface WiringContainer extends InjectingScope, EventClassOwner {
  readonly parent?: WiringContainer | undefined;
  readonly wiring: InstanceWiring;
  readonly context: PluginContext;
  readonly isAttached: boolean;
  /** Whether the program has emptied the container, and asked it for nothing since. */
  readonly isEmptied: boolean;
  readonly plans: { readonly hasPlainChildren: boolean };
  readonly activatorOf: ActivatorFactory;
  readonly builds: Builds;
  /** The context of its own resolutions. */
  ownContext(): ResolutionContext;
  bindings(identifier: ServiceIdentifier): Iterable<Binding>;
  allBindings(): Iterable<Binding>;
  boundServices(): Iterable<ServiceIdentifier>;
  owns(binding: Binding): boolean;
}

/**
 * Singletons are wired when their binding gets them: whoever asked, they belong to the container that holds the binding. All else
 * is wired by an activation, after all others of its service, and belongs to the container that was asked.
 */
export class InstanceWiring implements BindingHolder {
  readonly activations: ProgramActivations;
  readonly #owner: WiringContainer;
  /** The bindings here that hold an instance with handlers. */
  #holders: Binding[] = [];
  #perEventClasses: PerEventClasses | undefined;

  constructor(owner: WiringContainer) {
    this.#owner = owner;
    this.activations = new ProgramActivations(owner.parent?.wiring.activations);
    this.#watch();
  }

  /** Takes over a container that has been used before. */
  adopt(): void {
    this.#holdBuilt();
    this.activateBound();
  }

  /** Its scope has ended: all of its bindings go. */
  clear(): void {
    for (const identifier of this.#owner.boundServices())
      for (const binding of this.#owner.bindings(identifier))
        if (binding.scope === 'Singleton' && !hasInstance(binding)) noteRemoved(binding);
    this.#holders = [];
    this.#perEventClasses = undefined;
  }

  /** The program removes all of them, which may fail: what is returned wires again what has not gone, in the scope that there is then. */
  removeAll(): () => void {
    const held = new Set(this.#holders.map(({ cache }) => cache?.value));
    const others = [...this.#owner.scope.instances]
      .filter(([instance]) => !held.has(instance))
      .map(([instance, handlers]) => [instance, spentOf(handlers)] as const);
    const giveBack = this.#removal(this.#owner.allBindings());
    this.#holders = [];
    this.#perEventClasses = undefined;
    return () => {
      giveBack();
      for (const [instance, spent] of others) this.#wireAgain(instance, spent);
    };
  }

  /** No binding holds it: it may be a part of what one holds. */
  #wireAgain(instance: object, spent: readonly HandlerPlan[]): void {
    const { application, scope } = this.#owner;
    const plans = application.plans.of(instance);
    if (plans.length > 0 && !scope.instances.has(instance))
      application.wire(instance, without(plans, spent), scope);
  }

  built(binding: Binding, value: unknown): void {
    this.#hold(binding, value, NOTHING_SPENT);
  }

  /**
   * Bindings are about to be removed: the handlers of their instances end first, unless another binding holds the instance as well. What is
   * returned wires again those that have not been removed.
   */
  remove(isRemoved: (binding: Binding) => boolean): () => void {
    this.#perEventClasses?.remove(isRemoved);
    const giveBack = this.#removal([...this.#owner.allBindings()].filter(isRemoved));
    const removed = this.#holders.filter(isRemoved);
    this.#holders = this.#holders.filter((binding) => !removed.includes(binding));
    for (const binding of removed) this.#release(binding.cache?.value);
    return giveBack;
  }

  #removal(removed: Iterable<Binding>): () => void {
    const bindings = [...removed];
    for (const binding of bindings) noteRemoved(binding);
    const { instances } = this.#owner.scope;
    const spent = new Map(
      this.#holders.map(({ cache }) => [
        cache?.value,
        spentOf(instances.get(cache?.value as object)),
      ]),
    );
    return () => {
      for (const binding of bindings) this.#giveBack(binding, spent);
    };
  }

  #giveBack(binding: Binding, spent: Spent): void {
    if (!this.#owner.owns(binding)) return;
    noteKept(binding);
    this.activate(binding);
    const { value } = binding.cache ?? {};
    if (binding.scope === 'Singleton' && isBuilt(binding) && !isThenable(value))
      this.#hold(binding, value, spent);
  }

  #hold(binding: Binding, value: unknown, spent: Spent): void {
    const { application } = this.#owner;
    const plans = application.plans.of(value);
    if (plans.length === 0 || isRemoved(this.#owner, binding)) return;
    const instance = value as object;
    const scope = this.#owner.current();
    // Each container that binds an instance has it.
    if (!scope.instances.has(instance))
      application.wire(instance, without(plans, spent.get(instance)), scope);
    if (!this.#holders.includes(binding)) this.#holders.push(binding);
  }

  /** The container has other bindings, which hold other instances. */
  restored(): void {
    const before = this.#holders.map((binding) => binding.cache?.value);
    this.#holders = [];
    this.#watch();
    this.#holdBuilt();
    this.#perEventClasses?.remove((binding) => !this.#owner.owns(binding));
    this.activateBound();
    for (const instance of before) this.#release(instance);
  }

  /** Subscribes the handlers of each class that is bound here and built for each event. */
  activateBound(): void {
    for (const binding of this.#owner.allBindings()) this.activate(binding);
  }

  /** The same for one binding; the container's plans are told of the bindings above as well. */
  activate(binding: Binding): void {
    const { scope, activatorOf } = this.#owner;
    if (!this.isActivated(binding)) return;
    if (scope.state !== 'open' || !this.#owner.owns(binding)) return;
    this.#perEventClasses ??= new PerEventClasses(this.#owner, activatorOf);
    this.#perEventClasses.add(binding);
  }

  /** Whether the binding's class is built for each event. */
  isActivated(binding: Binding): boolean {
    return this.#owner.application.plans.activated(classOf(binding)).length > 0;
  }

  /** What is known of the handlers of what the binding gives, before it is built. */
  handlersOf(binding: Binding): 'declared' | 'unknown' | 'none' {
    if (isThenable(binding.value) || this.#declaresHandlers(binding)) return 'declared';
    if (facadeOf(binding.serviceIdentifier) !== undefined) return 'none';
    return this.#mayHaveHandlers(binding) ? 'unknown' : 'none';
  }

  /** Whether what the binding gives can have handlers, or cannot be known before it is built. */
  #mayHaveHandlers(binding: Binding): boolean {
    return (
      binding.type === 'DynamicValue' ||
      binding.type === 'ResolvedValue' ||
      isThenable(binding.value) ||
      this.#declaresHandlers(binding)
    );
  }

  /** Whether the binding's class, constant or identifier declares handlers. */
  #declaresHandlers(binding: Binding): boolean {
    return this.#owner.application.plans.ofPrototype(classOf(binding)).length > 0;
  }

  /** What was built before the plugin was registered, or before the snapshot was taken. */
  #holdBuilt(): void {
    for (const binding of this.#owner.allBindings()) {
      if (binding.scope !== 'Singleton' || !isBuilt(binding) || !this.#mayHaveHandlers(binding))
        continue;
      watchBinding(binding, this);
      const { value } = binding.cache ?? {};
      if (!isThenable(value)) this.built(binding, value);
      // Its binding gets the instance by the way that began before it was watched.
      else
        value.then(
          (instance) => this.#owner.scope.state === 'open' && this.built(binding, instance),
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
    this.#owner.scope.disown(instance as object);
  }

  /** Adds its own activation to those of each service. Restoring a snapshot puts another service in the place of the one that is watched. */
  #watch(): void {
    this.activations.watch(this.#owner.context.activationService, (identifier, others) => {
      const facade = facadeOf(identifier);
      if (facade !== undefined)
        return [(context) => facade(this.#owner, context), ...(others ?? [])];
      const own = this.#activationOf(identifier);
      if (own === undefined) return others;
      return others === undefined ? [own] : [...others, own];
    });
  }

  /**
   * Watches the singletons of a service, here and above, and gives the activation for what is none; or for a singleton that is all there
   * is, so that nothing has to be watched. A plain child may have others that are not seen from here.
   */
  #activationOf(identifier: ServiceIdentifier): ActivationCallback | undefined {
    const { hasPlainChildren } = this.#owner.plans;
    const only = hasPlainChildren
      ? undefined
      : onlyBinding<WiringContainer>(this.#owner, identifier);
    if (only?.binding.scope === 'Singleton') {
      const { place, binding } = only;
      if (!this.#mayHaveHandlers(binding) || isWatched(binding)) return undefined;
      return (_, value) => holdFirst(binding, place.wiring, value);
    }
    const { isBound, mayBeOther } = this.#watchSingletons(identifier);
    const mayBeBelow = hasPlainChildren && this.#owner.parent !== undefined;
    if (isBound && !mayBeOther && !mayBeBelow) return undefined;
    const { builds } = this.#owner;
    const build = builds.innermost() ?? builds.onlyWaiting();
    return (context, value) => this.#wire({ identifier, context, build }, value);
  }

  /** Says whether the service is bound at all, and whether something else than a singleton may have handlers. */
  #watchSingletons(identifier: ServiceIdentifier) {
    let isBound = false;
    let mayBeOther = false;
    for (
      let place: WiringContainer | undefined = this.#owner;
      place !== undefined;
      place = place.parent
    ) {
      for (const binding of place.bindings(identifier)) {
        isBound = true;
        if (!this.#mayHaveHandlers(binding)) continue;
        if (binding.scope === 'Singleton') watchBinding(binding, place.wiring);
        else mayBeOther = true;
      }
    }
    return { isBound, mayBeOther };
  }

  #wire({ identifier, context, build }: Request, value: unknown): unknown {
    const { application, builds, scope } = this.#owner;
    const plans = application.plans.of(value);
    if (plans.length === 0) return value;
    const instance = value as object;
    const binding = bindingOf(this.#owner, identifier, instance);
    if (isHeldBy(binding, value)) return value;
    if (application.homes.of(instance).length > 0) {
      builds.shared(build, instance);
      return value;
    }
    // The container has been emptied, or what needed it has failed, since its building began.
    if (this.#owner.isEmptied || build?.hasFailed) return value;
    if (!this.#isOwn(context)) reportPlainChild(this.#owner, instance.constructor);
    // Without a binding it has been removed meanwhile.
    else if (binding !== undefined) {
      application.wire(instance, plans, scope);
      const isShared = binding.scope === 'Request';
      builds.wired(build, { scope, instance, service: identifier, isShared });
    }
    return value;
  }

  /** Whether this container was asked, not a plain child of it. */
  #isOwn(context: ResolutionContext): boolean {
    if (!this.#owner.plans.hasPlainChildren) return true;
    // Nothing is wired for a request to one that has dropped its container.
    if (!this.#owner.isAttached) return false;
    return baseContext(context) === this.#owner.ownContext();
  }
}

/** For each instance, what ran once and is over. */
type Spent = ReadonlyMap<unknown, readonly HandlerPlan[]>;

const NOTHING_SPENT: Spent = new Map();

function spentOf(handlers: readonly Handler[] = []): readonly HandlerPlan[] {
  return handlers.filter(({ active }) => !active).map(({ plan }) => plan);
}

function without(
  plans: readonly HandlerPlan[],
  spent: readonly HandlerPlan[] = [],
): readonly HandlerPlan[] {
  if (spent.length === 0) return plans;
  return plans.filter((plan) => !spent.some((other) => isSameHandler(plan, other)));
}

/** Whether it is the same handler of the class, maybe in another application: a root that was emptied has a new one. */
function isSameHandler(one: HandlerPlan, other: HandlerPlan): boolean {
  return one.method === other.method && one.event === other.event && one.verb === other.verb;
}

/** Whether the singleton's binding has its instance, and is not getting it. */
function hasInstance(binding: Binding): boolean {
  return isBuilt(binding) && !isThenable(binding.cache?.value);
}

/** Whether the singleton's binding gives the value, or has not got its own yet. */
function isHeldBy(binding: Binding | undefined, value: unknown): boolean {
  if (binding?.scope !== 'Singleton') return false;
  const held = binding.cache;
  return held?.isRight !== true || isThenable(held.value) || held.value === value;
}
