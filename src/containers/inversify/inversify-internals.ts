/** The parts of InversifyJS's inner services that a plugin is given, as far as this adapter uses them. */
import type { Container, Newable, ResolutionContext, ServiceIdentifier } from 'inversify';
import { type Cache, isFilled } from './binding-cache.js';

/** A binding as the container keeps it. */
export interface Binding {
  /** Kept by the copies that a snapshot makes. */
  readonly id: number;
  readonly moduleId?: number;
  readonly type: string;
  readonly serviceIdentifier: ServiceIdentifier;
  readonly scope?: 'Singleton' | 'Transient' | 'Request';
  readonly implementationType?: Newable<unknown>;
  readonly value?: unknown;
  readonly factory?: unknown;
  /** What a singleton's class, function or constant was resolved to; a promise while it is asynchronous. */
  cache?: Cache;
  readonly onActivation?: unknown;
  /** Of a service that stands for another one. */
  readonly targetServiceIdentifier?: ServiceIdentifier;
  /** Of a function with injected arguments. */
  readonly metadata?: { readonly arguments: readonly InjectionMetadata[] };
  /** Whether an injection's name, tags and surroundings select it. */
  isSatisfiedBy(constraints: object): boolean;
}

/** Runs for a value that has been built. */
export type ActivationCallback = (context: ResolutionContext, value: unknown) => unknown;

/** Which activations a service has; the parents' come after the container's own. */
export interface ActivationService {
  get(identifier: ServiceIdentifier): Iterable<ActivationCallback> | undefined;
  removeAllByServiceId(identifier: ServiceIdentifier): void;
}

/** The bindings of a container. */
export interface BindingService {
  getNonParentBindings(identifier: ServiceIdentifier): Iterable<Binding> | undefined;
  getNonParentBoundServices(): Iterable<ServiceIdentifier>;
  set(binding: Binding): void;
  removeAllByServiceId(identifier: ServiceIdentifier): void;
}

/** A binding was added or removed. */
export interface BindingChange {
  readonly binding: Binding;
  readonly kind: string;
}

/** Notified that plans are out of date: by a new binding, a removed one, a restored snapshot. */
export interface PlanSubscriber {
  clearCache(): void;
  invalidateServiceBinding(invalidation: BindingChange): void;
}

/** Keeps the plans of a container; its children subscribe to it. */
export interface PlanService {
  get(options: object): Plan | undefined;
  /** The same for a plain `get`, since version 8. */
  getByServiceIdentifier: ((identifier: ServiceIdentifier) => Plan | undefined) | undefined;
  clearCache(): void;
  /** Called for each binding that is added, here or above, since version 7.8. */
  invalidateServiceBinding: ((invalidation: BindingChange) => void) | undefined;
  subscribe(subscriber: object): void;
}

/** What a plan has for one injection. */
export interface ServiceNode {
  readonly serviceIdentifier: ServiceIdentifier;
  readonly bindings: BindingNode | readonly BindingNode[] | undefined;
  /** Forgets what it has found; the root of a plan finds it again when it is needed. */
  invalidate?(): void;
}

/** The name or the tag by which the program selects one of several bindings, as `container.get` takes it. */
export interface Selector {
  readonly name?: string | number | symbol | undefined;
  readonly tag?: { readonly key: string | number | symbol; readonly value: unknown } | undefined;
}

/** What asks for a binding without a name and a tag. */
export const PLAIN: Selector = {};

/** What an injection asks for. */
export interface InjectionMetadata {
  /** The service, or a {@link LazyServiceIdentifier} of it. */
  readonly value?: unknown;
  readonly name?: string | number | symbol | undefined;
  readonly tags?: ReadonlyMap<string | number | symbol, unknown>;
}

/** A binding in a plan, with what is to be injected into it. */
export interface BindingNode {
  readonly binding: Binding;
  /** Of a class. */
  readonly classMetadata?: {
    readonly constructorArguments: readonly InjectionMetadata[];
    readonly properties: ReadonlyMap<string | symbol, InjectionMetadata>;
  };
  readonly constructorParams?: readonly (ServiceNode | undefined)[];
  readonly propertyParams?: ReadonlyMap<string | symbol, ServiceNode>;
  readonly params?: readonly ServiceNode[];
  readonly redirection?: ServiceNode;
  /** The same before version 8. */
  readonly redirections?: readonly BindingNode[];
}

/** How a service is built. */
export interface Plan {
  readonly tree: { readonly root: ServiceNode };
}

/** What a plugin is built with. The getters follow a restored snapshot. */
export interface PluginContext {
  readonly activationService: ActivationService;
  readonly bindingService: BindingService;
  readonly deactivationService: { removeAllByServiceId(identifier: ServiceIdentifier): void };
  readonly planResultCacheService: PlanService;
}

/** What a plugin may add to its container. */
export interface PluginApi {
  define(name: string | symbol, method: (...args: never[]) => unknown): void;
  /** The handler is given what the container was asked with. */
  onPlan(handler: (asked: Selector, plan: Plan) => void): void;
}

/** The mark by which a container knows a plugin. */
export const IS_PLUGIN: unique symbol = Symbol.for('@inversifyjs/plugin/isPlugin') as never;

/** What `container.register` takes. */
export type PluginConstructor = Parameters<Container['register']>[0];

/** Whether a singleton's binding has its instance, or is about to get it. */
export function isBuilt(binding: Binding): boolean {
  return isFilled(binding.cache);
}

/** Whether the plan is for one thing into which nothing is injected. */
export function needsNothing({ bindings }: ServiceNode): boolean {
  return isLeaf(bindings);
}

/** Whether that is one binding into which nothing is injected. */
export function isLeaf(node: ServiceNode['bindings']): node is BindingNode {
  if (node === undefined || !('binding' in node)) return false;
  const { constructorParams, propertyParams, params, redirection, redirections } = node;
  const injected =
    (constructorParams?.length ?? 0) + (propertyParams?.size ?? 0) + (params?.length ?? 0);
  return injected === 0 && redirection === undefined && redirections === undefined;
}

/** What errors and reports show of what a binding gives. */
export function nameOfBinding({ implementationType, serviceIdentifier }: Binding): string {
  return nameOfService(implementationType ?? serviceIdentifier);
}

/** What errors and reports show of an identifier. */
export function nameOfService(identifier: ServiceIdentifier): string {
  return typeof identifier === 'function' ? identifier.name : String(identifier);
}
