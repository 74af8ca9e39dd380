/** Looks for a binding in a container and in those above it. */
import type { ServiceIdentifier } from 'inversify';
import type { Binding } from './inversify-internals.js';

/** A container as it is looked through. */
export interface BindingPlace {
  readonly parent?: BindingPlace | undefined;
  bindings(identifier: ServiceIdentifier): Iterable<Binding>;
}

/** The binding of a service that has no other, here or above, with its place. */
export function onlyBinding<Place extends BindingPlace & { readonly parent?: Place | undefined }>(
  from: Place,
  identifier: ServiceIdentifier,
): { readonly place: Place; readonly binding: Binding } | undefined {
  let only: { readonly place: Place; readonly binding: Binding } | undefined;
  for (let place: Place | undefined = from; place !== undefined; place = place.parent) {
    for (const binding of place.bindings(identifier)) {
      if (only !== undefined) return undefined;
      only = { place, binding };
    }
  }
  return only;
}

/** The binding that the instance most probably comes from: where services are chained, more than one can be meant. */
export function bindingOf(
  from: BindingPlace,
  identifier: ServiceIdentifier,
  instance: object,
): Binding | undefined {
  let singleton: Binding | undefined;
  let other: Binding | undefined;
  for (let place: BindingPlace | undefined = from; place !== undefined; place = place.parent) {
    for (const binding of place.bindings(identifier)) {
      const isExact = binding.implementationType === instance.constructor;
      if (binding.scope !== 'Singleton') {
        if (isExact) return binding;
        other ??= binding;
      } else if (isExact) singleton ??= binding;
    }
  }
  return singleton ?? other;
}
