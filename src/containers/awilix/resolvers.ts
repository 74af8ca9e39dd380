/** What a container of awilix is registered with, as the adapter reads it. */
import type { AwilixContainer, Resolver } from 'awilix';

/** A container, whatever it holds. */
export type AnyContainer = AwilixContainer<object>;

/** A resolver with what those of classes and functions have besides. */
export interface KnownResolver extends Resolver<unknown> {
  readonly dispose?: ((value: unknown) => unknown) | undefined;
}

/** Whether it gives what it was given, as `asValue` does: that asks no container. */
export function isValue({ isLeakSafe, resolve }: KnownResolver): boolean {
  return isLeakSafe === true && resolve.length === 0;
}

/** Whether it only passes on what another name gives, as `aliasTo` does. */
export function isAlias({ isLeakSafe, resolve }: KnownResolver): boolean {
  return isLeakSafe === true && resolve.length > 0;
}

/** Whether a container keeps what it gives. */
export function isKept({ lifetime }: KnownResolver): boolean {
  return lifetime === 'SINGLETON' || lifetime === 'SCOPED';
}

export function isSingleton({ lifetime }: KnownResolver): boolean {
  return lifetime === 'SINGLETON';
}

/** The names and resolvers that one call of `register` is given. */
export function registered(
  first: unknown,
  second?: unknown,
): readonly (readonly [string | symbol, KnownResolver])[] {
  if (typeof first !== 'object' || first === null)
    return [[first as string | symbol, second as KnownResolver]];
  const byName = first as Record<string | symbol, KnownResolver>;
  const names = [...Object.keys(byName), ...Object.getOwnPropertySymbols(byName)];
  return names.map((name) => [name, byName[name] as KnownResolver]);
}
