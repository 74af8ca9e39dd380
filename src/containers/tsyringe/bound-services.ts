/** Lists what a container has registered, as `describe()` reads it: nothing is built for it. */
import type { InjectionToken } from 'tsyringe';
import type { BoundService, Lifetime, ServiceNeed } from '../../application/bound-service.js';
import type { Scope } from '../../scope/scope.js';
import {
  CONTAINER_SCOPED,
  classOf,
  isValue,
  nameOfToken,
  RESOLUTION_SCOPED,
  type Registration,
  SINGLETON,
} from './tsyringe-internals.js';

/** The application's container, as its registrations are listed. */
export interface ListedContainer {
  readonly nearest: Scope;
  /** Of the containers above it first. */
  registrations(): Iterable<readonly [InjectionToken, Registration]>;
}

/** What a parameter is injected with, where `@inject` and its like have named more than a token. */
interface NamedParameter {
  readonly token?: unknown;
}

/**
 * Every service of the application's container and of those above it.
 *
 * @param own the tokens of the library
 */
export function boundServices(
  container: ListedContainer,
  own: ReadonlySet<InjectionToken>,
): Iterable<BoundService> {
  const known = new Map<InjectionToken, BoundService[]>();
  for (const [token, registration] of container.registrations()) {
    if (own.has(token)) continue;
    const service = {
      name: nameOfToken(token),
      builds: builtBy(registration),
      lifetime: lifetimeOf(registration),
      scope: container.nearest,
      needs: tokensOf(registration).map(
        (needed): ServiceNeed => ({
          name: nameOfToken(needed),
          // A container gives what was registered last.
          service: () => known.get(needed)?.at(-1),
        }),
      ),
    };
    known.set(token, [...(known.get(token) ?? []), service]);
  }
  return [...known.values()].flat();
}

function builtBy(registration: Registration): BoundService['builds'] {
  const { useValue } = registration.provider;
  if (typeof useValue === 'object' && useValue !== null)
    return useValue.constructor as BoundService['builds'];
  return classOf(registration);
}

function lifetimeOf({ provider, options }: Registration): Lifetime {
  if (isValue(provider)) return 'constant';
  if (options.lifecycle === SINGLETON) return 'singleton';
  if (options.lifecycle === CONTAINER_SCOPED) return 'scoped';
  return options.lifecycle === RESOLUTION_SCOPED ? 'resolution' : 'transient';
}

function tokensOf(registration: Registration): InjectionToken[] {
  const { useToken } = registration.provider;
  if (useToken !== undefined) return [useToken as InjectionToken];
  const service = classOf(registration);
  return service === undefined ? [] : injectedInto(service).flatMap((one) => tokenOf(one) ?? []);
}

/** tsyringe writes the tokens of `@inject` over the types of the parameters. */
function injectedInto(service: object): readonly unknown[] {
  const { getMetadata } = Reflect as {
    getMetadata?: (key: string, target: object) => readonly unknown[] | undefined;
  };
  return getMetadata?.('design:paramtypes', service) ?? [];
}

/** None for what `delay()` gives: its class is known only once it is built. */
function tokenOf(parameter: unknown): InjectionToken | undefined {
  const token =
    typeof parameter === 'object' && parameter !== null
      ? (parameter as NamedParameter).token
      : parameter;
  return typeof token === 'object' ? undefined : (token as InjectionToken | undefined);
}
