/** A class that is built for each event, without a container that knows of that: its builder opens the scope of each delivery. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { shownType } from '../../decorators/check-options.js';
import { isActivated } from '../../decorators/listener.js';
import type { HandlerPlan } from '../dispatch/handler.js';
import type { PlanCache } from '../dispatch/handler-plan.js';
import type { InterceptedDelivery } from '../dispatch/interceptor.js';
import type { Run } from '../dispatch/run.js';
import type { Scope } from '../scope/scope.js';
import type { ScopeOptions } from '../scope/scope-options.js';
import { type Activation, type Activator, deliveryName } from './activation.js';

/** How a class that is activated per event is built. */
export interface AttachClassOptions {
  /**
   * Opens the scope of one delivery, and says how the class is built in it. The scope ends when the handler has settled.
   *
   * @param options the name for the scope: `'Billing OrderPlaced'`
   */
  readonly open: (options: ScopeOptions, delivery: InterceptedDelivery) => OpenedDelivery;
}

/** The scope of one delivery. */
export interface OpenedDelivery {
  /** Ends when the handler has settled. */
  readonly scope: Scope;
  /** Builds the class in it, at once or later; a handler of that event fails with what it throws. */
  build(): object | Promise<object>;
}

/** Stands for the instances of such a class in what is subscribed. */
export class AttachedClass implements Activator {
  readonly #open: AttachClassOptions['open'];

  constructor({ open }: AttachClassOptions) {
    this.#open = open;
  }

  open(run: Run): Activation {
    return this.#open({ name: deliveryName(run) }, run.delivery);
  }
}

/**
 * The handlers of a class that is built for each event.
 *
 * @throws CarillonError `CAR2010` for anything else
 */
export function perEventPlans(plans: PlanCache, service: unknown): readonly HandlerPlan[] {
  if (typeof service !== 'function')
    throw attachError(
      'attachClass()',
      service,
      'Give a class with @Listener({ activation: "event" })',
    );
  if (!isActivated(service))
    throw attachError(
      'attachClass()',
      service,
      "Decorate it with @Listener({ activation: 'event' }), or attach() its instances",
    );
  return plans.activated(service.prototype as object);
}

/**
 * The handlers of an instance; empty where it has none.
 *
 * @throws CarillonError `CAR2010` for what is no instance, and for one of a class that is built for each event
 */
export function instancePlans(plans: PlanCache, instance: unknown): readonly HandlerPlan[] {
  if (typeof instance !== 'object' || instance === null)
    throw attachError('attach()', instance, 'Give an instance of a class with handlers');
  const found = plans.of(instance);
  // For a class that is built for each event there are none: only then is it asked about that.
  if (found.length === 0 && isActivated(instance.constructor))
    throw attachError(
      'attach()',
      instance.constructor,
      'It is built for each event: give the class to attachClass()',
    );
  return found;
}

function attachError(place: string, given: unknown, remedy: string): CarillonError {
  const shown = typeof given === 'function' ? `the class ${given.name}` : shownType(given);
  return new CarillonError('CAR2010', `${place} was given ${shown}. ${remedy}.`);
}
