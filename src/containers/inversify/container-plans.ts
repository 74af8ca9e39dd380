/** The plans that a container keeps of how to build its services, and how they learn that a binding was added or removed. */
import type { ServiceIdentifier } from 'inversify';
import {
  type BindingChange,
  needsNothing,
  type Plan,
  type PlanService,
} from './inversify-internals.js';

/** The container's scope, as its plans see it. */
export interface PlanHolder {
  /** The plans of the scopes that are open below it. */
  plansBelow(): Iterable<ContainerPlans>;
  /** A binding was added or removed, here or above; without an argument, any may have been. */
  changed(change?: BindingChange): void;
}

const PLANS = Symbol('carillon.inversify.plans');

const NONE: readonly Plan[] = [];

/** One whose methods notify the container's plans first. */
interface WatchedService extends PlanService {
  [PLANS]: ContainerPlans;
}

/**
 * InversifyJS keeps a weak reference to the plans of each child until many others have been added. Scopes are opened and ended all the time:
 * their plans are notified from here, as long as they live.
 */
export class ContainerPlans {
  /** Whether a child was made without `openScope`; those that a root had before its plugin cannot be known. */
  hasPlainChildren: boolean;
  readonly #service: WatchedService;
  /** Its methods as they were. */
  readonly #original: PlanService;
  readonly #parent: ContainerPlans | undefined;
  readonly #holder: PlanHolder;
  #isOpening = false;
  #hasScopes = false;
  /** Whether nothing was resolved since the plans were forgotten. At the end of the scope they count as forgotten. */
  #isEmpty = true;
  #hasLeft = false;
  /** The plans of a scope, while each of them is for one thing into which nothing is injected. */
  #simple: Plan[] | undefined;
  #isSimple = true;

  constructor(service: PlanService, holder: PlanHolder, parent: ContainerPlans | undefined) {
    this.#holder = holder;
    this.#parent = parent;
    this.hasPlainChildren = parent === undefined;
    // The methods of a new container's service have not been replaced.
    this.#original = parent === undefined ? methodsOf(service) : Object.getPrototypeOf(service);
    this.#service = watch(service, this);
    if (parent !== undefined) this.#listen();
  }

  /** The container has made a plan. */
  made(plan: Plan): void {
    this.#isEmpty = false;
    if (this.#parent === undefined || !this.#isSimple) return;
    if (!needsNothing(plan.tree.root)) {
      this.#isSimple = false;
      this.#simple = undefined;
    } else if (this.#simple === undefined) this.#simple = [plan];
    else this.#simple.push(plan);
  }

  /** All plans have to be made again, here and below. */
  forget(): void {
    this.#service.clearCache();
  }

  /** Forgets the plans, if there are any: InversifyJS announces a plan that it makes, but not one that it repairs. */
  replan(): void {
    if (!this.#isEmpty) this.forget();
  }

  /** A child container with a scope is about to be made. */
  opening<T>(open: () => T): T {
    this.#hasScopes = true;
    this.#isOpening = true;
    try {
      return open();
    } finally {
      this.#isOpening = false;
    }
  }

  /** The scope has ended, and is not notified any more. To forget its plans at once would cost more than most of its life. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (!this.#isEmpty) {
      // They must not keep an instance from being collected.
      for (const plan of this.#simple ?? NONE) plan.tree.root.invalidate?.();
      this.#simple = undefined;
      this.#isEmpty = true;
      this.#listen();
    }
    // Plain children have plans of their own, which follow these.
    if (this.hasPlainChildren) this.#askToBeTold();
  }

  /** A new scope has begun. */
  rejoin(): void {
    if (!this.#hasLeft) return;
    this.#hasLeft = false;
    this.#isEmpty = false;
    this.forget();
  }

  /** @internal The container is asked for something. After its end, InversifyJS notifies it from then on of the bindings above. */
  asked(): void {
    if (this.#hasLeft) {
      this.rejoin();
      this.#askToBeTold();
    }
    this.#isEmpty = false;
    this.#service.get = this.#original.get;
    this.#service.getByServiceIdentifier = this.#original.getByServiceIdentifier;
  }

  /** @internal */
  cleared(): void {
    if (!this.#isEmpty || this.hasPlainChildren || !this.#isSimple) {
      this.#original.clearCache.call(this.#service);
      this.#simple = undefined;
      this.#isSimple = true;
      if (!this.#isEmpty && this.#parent !== undefined) this.#listen();
      this.#isEmpty = true;
    }
    if (this.#hasScopes) for (const plans of this.#holder.plansBelow()) plans.forget();
    // Before InversifyJS 7.8 a new binding makes the plans forget, and is not named.
    if (this.#original.invalidateServiceBinding === undefined) this.#holder.changed();
  }

  /**
   * @internal Plans below may have a place for the binding, and InversifyJS would repair them without a notice: they are forgotten. That comes
   * after all of them were notified, because their list must not be walked within its own walk.
   */
  told(change: BindingChange): void {
    if (!this.#isEmpty || this.hasPlainChildren || !this.#isSimple) {
      (this.#original.invalidateServiceBinding as typeof invalidateServiceBinding).call(
        this.#service,
        change,
      );
    }
    if (this.#hasScopes) this.forget();
    this.#holder.changed(change);
  }

  /** @internal */
  subscribed(subscriber: object): void {
    if (this.#isOpening) return;
    this.hasPlainChildren = true;
    this.#original.subscribe.call(this.#service, subscriber);
  }

  #askToBeTold(): void {
    const parent = this.#parent;
    if (parent !== undefined) parent.#original.subscribe.call(parent.#service, this.#service);
  }

  /** Until something is asked of the container. */
  #listen(): void {
    this.#service.get = getFirst;
    this.#service.getByServiceIdentifier = getFirstByService;
  }
}

function methodsOf({
  clearCache,
  get,
  getByServiceIdentifier,
  invalidateServiceBinding,
  subscribe,
}: PlanService): PlanService {
  return { clearCache, get, getByServiceIdentifier, invalidateServiceBinding, subscribe };
}

function watch(service: PlanService, plans: ContainerPlans): WatchedService {
  const watched = service as WatchedService;
  watched[PLANS] = plans;
  watched.clearCache = clearCache;
  watched.invalidateServiceBinding = invalidateServiceBinding;
  watched.subscribe = subscribe;
  return watched;
}

function clearCache(this: WatchedService): void {
  this[PLANS].cleared();
}

function invalidateServiceBinding(this: WatchedService, change: BindingChange): void {
  this[PLANS].told(change);
}

function subscribe(this: WatchedService, subscriber: object): void {
  this[PLANS].subscribed(subscriber);
}

function getFirst(this: WatchedService, options: object): Plan | undefined {
  this[PLANS].asked();
  return this.get(options);
}

function getFirstByService(this: WatchedService, identifier: ServiceIdentifier): Plan | undefined {
  this[PLANS].asked();
  return this.getByServiceIdentifier?.(identifier);
}
