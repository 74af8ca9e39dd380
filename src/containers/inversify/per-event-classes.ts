/** The bound classes of one container that are built for each event. */
import type { Container } from 'inversify';
import type { Activator } from '../../application/activation.js';
import type { AdapterScope } from '../../application/adapter-view.js';
import type { Application } from '../../application/application.js';
import type { Binding } from './inversify-internals.js';

/** A container with a scope, as the owner of such classes. */
export interface EventClassOwner {
  readonly container: Container;
  readonly application: Application;
  readonly scope: AdapterScope;
}

/** Makes what stands for the instances of a bound class. */
export type ActivatorFactory = (owner: EventClassOwner, binding: Binding) => Activator;

/** Their handlers are subscribed as long as the class is bound. */
export class PerEventClasses {
  readonly #owner: EventClassOwner;
  readonly #create: ActivatorFactory;
  readonly #activators = new Map<Binding, Activator>();

  constructor(owner: EventClassOwner, create: ActivatorFactory) {
    this.#owner = owner;
    this.#create = create;
  }

  /** Subscribes the handlers of a bound class; doing so again changes nothing. */
  add(binding: Binding): void {
    if (this.#activators.has(binding)) return;
    const { application, scope } = this.#owner;
    const activator = this.#create(this.#owner, binding);
    application.wire(activator, application.plans.activated(classOf(binding)), scope);
    this.#activators.set(binding, activator);
  }

  /** Ends the handlers of the bindings that are removed. */
  remove(isRemoved: (binding: Binding) => boolean): void {
    for (const [binding, activator] of this.#activators) {
      if (!isRemoved(binding)) continue;
      this.#activators.delete(binding);
      this.#owner.scope.disown(activator);
    }
  }
}

/** The prototype of what a binding gives, as far as the binding tells. */
export function classOf({
  type,
  implementationType,
  serviceIdentifier,
  value,
}: Binding): object | null {
  if (type === 'ConstantValue')
    return typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null;
  const named =
    implementationType ?? (type === 'ServiceRedirection' ? undefined : serviceIdentifier);
  return typeof named === 'function' ? (named.prototype as object) : null;
}
