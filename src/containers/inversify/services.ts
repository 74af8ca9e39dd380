/** The parts of InversifyJS's inner services that a plugin is given, as far as this adapter uses them. */
import type { Container, Newable, ResolutionContext, ServiceIdentifier } from 'inversify';

/** A binding as the container keeps it. */
export interface Binding {
  /** Kept by the copies that a snapshot makes. */
  readonly id: number;
  readonly type: string;
  readonly serviceIdentifier: ServiceIdentifier;
  readonly scope?: 'Singleton' | 'Transient' | 'Request';
  readonly implementationType?: Newable<unknown>;
  readonly value?: unknown;
  /** What a singleton's class, function or constant was resolved to; a promise while it is asynchronous. */
  readonly cache?: { readonly isRight: boolean; readonly value?: unknown };
}

/** Runs for a value that has been built. */
export type Activation = (context: ResolutionContext, value: unknown) => unknown;

/** Which activations a service has; the parents' come after the container's own. */
export interface ActivationService {
  get(identifier: ServiceIdentifier): Iterable<Activation> | undefined;
}

/** The bindings of a container. */
export interface BindingService {
  getNonParentBindings(identifier: ServiceIdentifier): Iterable<Binding> | undefined;
  getNonParentBoundServices(): Iterable<ServiceIdentifier>;
}

/** Told that plans are out of date: by a new binding, a removed one, a restored snapshot. */
export interface PlanSubscriber {
  clearCache(): void;
  invalidateServiceBinding(invalidation: { readonly binding: Binding; readonly kind: string }): void;
}

/** What a plugin is built with. The getters follow a restored snapshot. */
export interface PluginContext {
  readonly activationService: ActivationService;
  readonly bindingService: BindingService;
  readonly planResultCacheService: { clearCache(): void; subscribe(subscriber: PlanSubscriber): void };
}

/** What a plugin may add to its container. */
export interface PluginApi {
  define(name: string | symbol, method: (...args: never[]) => unknown): void;
}

/** The mark by which a container knows a plugin. */
export const IS_PLUGIN: unique symbol = Symbol.for('@inversifyjs/plugin/isPlugin') as never;

/** What `container.register` takes. */
export type PluginConstructor = Parameters<Container['register']>[0];
