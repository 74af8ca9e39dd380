/** Lists what the containers of an application can build, from their bindings and what the classes say: nothing is built or planned. */
import { LazyServiceIdentifier, type ServiceIdentifier } from 'inversify';
import type { AdapterScope } from '../../application/adapter-view.js';
import type { BoundService, Lifetime, ServiceNeed } from '../../application/bound-service.js';
import { facadeOf } from './injectables.js';
import {
  type Binding,
  type BindingNode,
  type InjectionMetadata,
  nameOfService,
} from './inversify-internals.js';

/** A container, as its bindings are listed. */
interface ListedContainer {
  readonly scope: AdapterScope;
  readonly parent?: ListedContainer | undefined;
  allBindings(): Iterable<Binding>;
  bindings(identifier: ServiceIdentifier): Iterable<Binding>;
}

/** What `@injectable` and `@inject` have written on a class, by the key of InversifyJS. */
const CLASS_METADATA = '@inversifyjs/core/classMetadataReflectKey';

type ClassMetadata = NonNullable<BindingNode['classMetadata']>;

const NOTHING: ClassMetadata = { constructorArguments: [], properties: new Map() };

/** Every service of the containers, but those of the library. */
export function* boundServices(containers: Iterable<ListedContainer>): Generator<BoundService> {
  const known = new Map<Binding, BoundService>();
  for (const container of containers)
    for (const binding of container.allBindings())
      if (facadeOf(binding.serviceIdentifier) === undefined)
        known.set(binding, boundService(container, binding, known));
  yield* known.values();
}

function boundService(
  container: ListedContainer,
  binding: Binding,
  known: ReadonlyMap<Binding, BoundService>,
): BoundService {
  const builds = classOf(binding);
  return {
    name: nameOfService(binding.serviceIdentifier),
    builds,
    lifetime: lifetimeOf(binding),
    scope: container.scope,
    needs: identifiersOf(binding).map(
      (identifier): ServiceNeed => ({
        name: nameOfService(identifier),
        service: () => serviceOf(container, identifier, known),
      }),
    ),
  };
}

function classOf({ implementationType, type, value }: Binding): BoundService['builds'] {
  if (implementationType !== undefined) return implementationType;
  if (type !== 'ConstantValue' || typeof value !== 'object' || value === null) return undefined;
  return value.constructor as BoundService['builds'];
}

function lifetimeOf({ type, scope }: Binding): Lifetime {
  if (type === 'ConstantValue') return 'constant';
  if (scope === 'Request') return 'resolution';
  return scope === 'Singleton' ? 'singleton' : 'transient';
}

function identifiersOf(binding: Binding): ServiceIdentifier[] {
  const { implementationType, targetServiceIdentifier, metadata } = binding;
  if (targetServiceIdentifier !== undefined) return [targetServiceIdentifier];
  const injected =
    implementationType === undefined ? metadata?.arguments : injectedInto(implementationType);
  return (injected ?? []).flatMap((one) => identifierOf(one?.value) ?? []);
}

function injectedInto(service: object): readonly (InjectionMetadata | undefined)[] {
  const { getOwnMetadata } = Reflect as {
    getOwnMetadata?: (key: string, target: object) => ClassMetadata | undefined;
  };
  const { constructorArguments, properties } = getOwnMetadata?.(CLASS_METADATA, service) ?? NOTHING;
  return [...constructorArguments, ...properties.values()];
}

function identifierOf(value: unknown): ServiceIdentifier | undefined {
  const identifier = LazyServiceIdentifier.is(value) ? value.unwrap() : value;
  return identifier === undefined ? undefined : (identifier as ServiceIdentifier);
}

/** The container's own binding of it, or the nearest above; else one of a container below, which nothing above can see. */
function serviceOf(
  container: ListedContainer,
  identifier: ServiceIdentifier,
  known: ReadonlyMap<Binding, BoundService>,
): BoundService | undefined {
  for (
    let place: ListedContainer | undefined = container;
    place !== undefined;
    place = place.parent
  ) {
    const [binding] = place.bindings(identifier);
    if (binding !== undefined) return known.get(binding);
  }
  for (const [{ serviceIdentifier }, service] of known)
    if (serviceIdentifier === identifier) return service;
  return undefined;
}
