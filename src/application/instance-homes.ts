/** In which open scopes an instance is wired: one that several containers bind belongs to each of them. */
import { hiddenField } from '../scope/hidden-field.js';
import type { Scope } from '../scope/scope.js';
import type { Reference } from '../scope/weak-children.js';

/** Holds neither the instances nor the scopes, and finds those of one instance however many scopes are open. */
export class InstanceHomes {
  readonly #homes = hiddenField<Reference<Scope> | readonly Reference<Scope>[]>();

  /** The open scopes that have it, in the order in which they got it. */
  of(instance: object): readonly Scope[] {
    const homes = this.#homes.of(instance);
    if (homes === undefined) return NONE;
    if (!Array.isArray(homes)) {
      const home = (homes as Reference<Scope>).deref();
      return has(home, instance) ? [home] : NONE;
    }
    return (homes as readonly Reference<Scope>[])
      .map((home) => home.deref())
      .filter((home) => has(home, instance));
  }

  /** @param others what {@link of} has given */
  add(instance: object, scope: Scope, others: readonly Scope[]): void {
    this.#homes.set(
      instance,
      others.length === 0 ? referenceOf(scope) : [...others, scope].map(referenceOf),
    );
  }
}

const NONE: readonly Scope[] = [];

function has(scope: Scope | undefined, instance: object): scope is Scope {
  return scope?.state === 'open' && scope.instances.has(instance);
}

function referenceOf(scope: Scope): Reference<Scope> {
  return scope.reference ?? new WeakRef(scope);
}
