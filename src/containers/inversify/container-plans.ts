/** The plans that one container keeps of how its services are built, and what tells them that bindings have come or gone. */
import type { ServiceIdentifier } from 'inversify';
import type { BindingChange, Plan, PlanLookup, PlanService } from './services.js';

/** What the plans have to know of the container's scope. */
export interface PlanHolder {
  /** Those of the scopes that are open below it. */
  plansBelow(): Iterable<ContainerPlans>;
  /** A binding has come or gone, here or above. */
  changed(change: BindingChange): void;
}

const OWNER = Symbol('carillon.inversify.plans');

/** The service of a container whose scope has ended. */
interface LeftService extends PlanService {
  [OWNER]?: ContainerPlans;
}

/**
 * InversifyJS remembers the plans of a child by a weak reference until many others have come. Scopes come and go: theirs are told from
 * here, as long as they live.
 */
export class ContainerPlans {
  /** Whether a child was made without `openScope`; those that a root had before its plugin cannot be known. */
  hasPlainChildren: boolean;
  readonly #service: PlanService;
  readonly #parent: ContainerPlans | undefined;
  readonly #holder: PlanHolder;
  readonly #subscribe: PlanService['subscribe'];
  #isOpening = false;
  #hasScopes = false;
  #isEmpty = true;
  /** How plans were looked up before the scope ended: set from then on, until they are needed again. */
  #lookup: PlanLookup | undefined;

  constructor(service: PlanService, holder: PlanHolder, parent: ContainerPlans | undefined) {
    this.#service = service;
    this.#holder = holder;
    this.#parent = parent;
    this.#subscribe = service.subscribe;
    this.hasPlainChildren = parent === undefined;
    this.#watch();
  }

  /** The container has made one. */
  made(): void {
    this.#isEmpty = false;
  }

  /** All plans are made anew, here and below. */
  forget(): void {
    this.#service.clearCache();
    this.#isEmpty = true;
  }

  /** A plan that is mended when a binding comes or goes tells nobody; one that is made anew does. */
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

  /** The scope has ended, and is told no more. To forget its plans at once would cost more than most of its life. */
  leave(): void {
    if (this.#lookup !== undefined) return;
    const service: LeftService = this.#service;
    this.#lookup = { get: service.get, getByServiceIdentifier: service.getByServiceIdentifier };
    service[OWNER] = this;
    service.get = getAgain;
    service.getByServiceIdentifier = getAgainByService;
    // Those of plain children are their own, and follow these.
    if (this.hasPlainChildren) this.#askToBeTold();
  }

  /** The scope has ended, and something is resolved all the same: from now on InversifyJS tells what becomes of the bindings above. */
  usedAgain(): void {
    this.rejoin();
    this.#askToBeTold();
  }

  /** A new scope has begun. */
  rejoin(): void {
    if (this.#lookup === undefined) return;
    Object.assign(this.#service, this.#lookup);
    this.#lookup = undefined;
    this.forget();
  }

  #askToBeTold(): void {
    const parent = this.#parent;
    if (parent !== undefined) parent.#subscribe.call(parent.#service, this.#service);
  }

  /**
   * A binding that comes or goes is told to the plans. Those below may have a place for it, and when they are mended later they tell
   * nobody: they are made anew. Not before all of them have been told: their list must not be walked within its own walk.
   */
  #watch(): void {
    const service = this.#service;
    const { clearCache, invalidateServiceBinding } = service;
    service.clearCache = () => {
      clearCache.call(service);
      if (this.#hasScopes) for (const plans of this.#holder.plansBelow()) plans.forget();
    };
    service.invalidateServiceBinding = (change) => {
      invalidateServiceBinding.call(service, change);
      if (this.#hasScopes) service.clearCache();
      this.#holder.changed(change);
    };
    service.subscribe = (subscriber) => {
      if (this.#isOpening) return;
      this.hasPlainChildren = true;
      this.#subscribe.call(service, subscriber);
    };
  }
}

function getAgain(this: LeftService, options: object): Plan | undefined {
  this[OWNER]?.usedAgain();
  return this.get(options);
}

function getAgainByService(this: LeftService, identifier: ServiceIdentifier): Plan | undefined {
  this[OWNER]?.usedAgain();
  return this.getByServiceIdentifier?.(identifier);
}
