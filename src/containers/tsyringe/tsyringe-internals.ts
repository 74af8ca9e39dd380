/** What a container of tsyringe has besides its public type, by exact name. */
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { hasMethods } from '../../../decorators/check-options.js';

/** The values of tsyringe's `Lifecycle`. Its module wants `reflect-metadata` as soon as it is loaded. */
export const SINGLETON = 1;
export const RESOLUTION_SCOPED = 2;
export const CONTAINER_SCOPED = 3;

/** The four kinds of providers in one. */
export interface Provider {
  readonly useValue?: unknown;
  readonly useFactory?: unknown;
  /** A class, or what `delay()` gives. */
  readonly useClass?: unknown;
  readonly useToken?: unknown;
}

/** What a token is registered with. */
export interface Registration {
  readonly provider: Provider;
  readonly options: { readonly lifecycle: number };
  /** Of a singleton, and of what a container keeps. */
  instance?: unknown;
}

/** What one resolution shares. */
export interface Context {
  readonly scopedResolutions: Map<Registration, unknown>;
}

/** A container. */
export interface Internals {
  readonly parent?: Internals | undefined;
  readonly _registry: {
    entries(): Iterable<[InjectionToken, readonly Registration[]]>;
    getAll(token: InjectionToken): readonly Registration[];
  };
  /** Whether it refuses whatever is asked of it. */
  disposed: boolean;
  /** What the container disposes at its end. */
  readonly disposables: Set<{ dispose(): unknown }>;
  register(token: InjectionToken, provider: Provider, options?: object): unknown;
  isRegistered(token: InjectionToken): boolean;
  resolveRegistration(registration: Registration, context: Context): unknown;
  construct(service: unknown, context: Context): unknown;
  createChildContainer(): Internals;
  reset(): void;
  clearInstances(): void;
  dispose(): Promise<void>;
}

const METHODS = ['register', 'resolveRegistration', 'construct', 'createChildContainer', 'dispose'];

/** @throws CarillonError `CAR2013` for what is no container of tsyringe 4 */
export function internalsOf(container: DependencyContainer): Internals {
  const inside = container as unknown as Internals;
  if (hasMethods(inside, METHODS) && hasMethods(inside._registry, ['entries', 'getAll']))
    return inside;
  throw new CarillonError(
    'CAR2013',
    'addEvents() was given something that is not a container of tsyringe 4. Give `container` of tsyringe, or one from its createChildContainer().',
  );
}

/** A resolution of its own: a singleton shares nothing with what asks for it first. */
export function newContext(): Context {
  return { scopedResolutions: new Map() };
}

/** Whether the provider gives what it was given. */
export function isValue({ useValue }: Provider): boolean {
  return useValue !== undefined && useValue !== null;
}

/** The class that the provider builds, as far as it is known by now. */
export function classOf({ provider }: Registration): (abstract new () => object) | undefined {
  const { useClass } = provider;
  return typeof useClass === 'function' ? (useClass as abstract new () => object) : undefined;
}

/** What errors call a token. */
export function nameOfToken(token: InjectionToken): string {
  if (typeof token === 'symbol') return token.description ?? 'symbol';
  return typeof token === 'function' ? token.name : String(token);
}
