/** The bound classes of one container that are built for each event. */
import type { Activator } from '../../application/activation.js';
import type { ContainerScope } from './container-scope.js';
import type { Binding } from './inversify-internals.js';

/** Makes what stands for the instances of a bound class. */
export type ActivatorFactory = (link: ContainerScope, binding: Binding) => Activator;

/** Their handlers are subscribed from the binding on, and end with it. */
export class PerEventClasses {
  readonly #link: ContainerScope;
  readonly #create: ActivatorFactory;
  readonly #activators = new Map<Binding, Activator>();

  constructor(link: ContainerScope, create: ActivatorFactory) {
    this.#link = link;
    this.#create = create;
  }

  /** Subscribes the handlers of a bound class; doing so again changes nothing. */
  add(binding: Binding): void {
    if (this.#activators.has(binding)) return;
    const { application, scope } = this.#link;
    const activator = this.#create(this.#link, binding);
    application.wire(activator, application.plans.activated(classOf(binding)), scope);
    this.#activators.set(binding, activator);
  }

  /** Ends the handlers of the bindings that go. */
  remove(isRemoved: (binding: Binding) => boolean): void {
    for (const [binding, activator] of this.#activators) {
      if (!isRemoved(binding)) continue;
      this.#activators.delete(binding);
      this.#link.scope.disown(activator);
    }
  }
}

/** The prototype of what a binding says that it gives. */
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
