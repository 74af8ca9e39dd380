/** Bindings that are gone, or about to go: one of them may still be getting its instance, which is not wired then. */
import type { Binding } from './inversify-internals.js';

/** Only those that may get one are noted at the end of a scope: most scopes end with none. */
const removed = new WeakSet<Binding>();

/** A container as its bindings come and go. */
export interface RemovingContainer {
  readonly scope: { readonly state: string };
  owns(binding: Binding): boolean;
}

export function noteRemoved(binding: Binding): void {
  removed.add(binding);
}

/** It could not be removed. */
export function noteKept(binding: Binding): void {
  removed.delete(binding);
}

/** After the end of a scope, the plan of a plain child may still have a binding that was built before. */
export function isRemoved(owner: RemovingContainer, binding: Binding): boolean {
  return removed.has(binding) || (owner.scope.state !== 'open' && !owner.owns(binding));
}
