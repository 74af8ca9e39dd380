/** One container of an application: what it registers, what it builds, and the scope that what it builds belongs to. */
import type { AdapterApplication, ServiceToStart } from '../../application/adapter-application.js';
import {
  type AdapterScope,
  adapterScope,
  cleanUpContainer,
} from '../../application/adapter-view.js';
import { type HOST, Scope, type ScopeHost } from '../../scope/scope.js';
import type { ScopeOptions } from '../../scope/scope-options.js';
import { type AdapterTree, attachBuilt, attachGiven, deliveryOpener } from '../adapter-tree.js';
import { classOf } from './known-classes.js';
import {
  type AnyContainer,
  isAlias,
  isKept,
  isSingleton,
  isValue,
  type KnownResolver,
} from './resolvers.js';

type Name = string | symbol;

/** What the containers of one application share. */
export type ContainerTree = AdapterTree<ContainerNode>;

const FOLLOWED = Symbol('carillon.awilix.followed');

/** A resolver in the place of the program's. */
interface FollowedResolver extends KnownResolver {
  readonly [FOLLOWED]?: KnownResolver;
}

/** What takes part of a container is a property of it: the collector visits the entries of a `WeakMap` long after their containers have gone. */
export const NODE = Symbol.for('carillon.awilix.node');

/** A container, which may take part. */
export interface Hooked {
  readonly [NODE]?: ContainerNode;
  readonly [HOST]?: ScopeHost;
}

/** The container's own methods, which others have taken the place of. */
export type OwnMethods = Pick<AnyContainer, 'register' | 'createScope' | 'dispose' | 'build'>;

/** Where a container stands. */
export interface ContainerPlace {
  readonly tree: ContainerTree;
  readonly container: AnyContainer;
  readonly own: OwnMethods;
  readonly parent: ContainerNode | undefined;
}

/** The scope of a container, and how the next one begins; a plain one has none. */
export interface Begun {
  readonly scope?: AdapterScope;
  readonly options?: ScopeOptions | undefined;
}

/** A container below the one that the application was added to, or that one. */
export class ContainerNode implements ScopeHost {
  #scope: AdapterScope | undefined;
  readonly #options: ScopeOptions | undefined;
  /** What is registered here, unchanged, in the order of the names. */
  readonly #registered = new Map<Name, KnownResolver>();
  /** The names of classes that are built for each event, and what ends their handlers. */
  readonly #perEvent = new Map<Name, () => void>();
  /** The resolvers of what the container keeps and no scope's end disposes: it was built when that had begun, or there is none. */
  #left: Set<KnownResolver> | undefined;

  readonly tree: ContainerTree;
  readonly container: AnyContainer;
  readonly own: OwnMethods;
  readonly parent: ContainerNode | undefined;

  constructor({ tree, container, own, parent }: ContainerPlace, { scope, options }: Begun) {
    this.tree = tree;
    this.container = container;
    this.own = own;
    this.parent = parent;
    this.#options = options;
    if (scope !== undefined) this.#begin(scope);
  }

  /** Of a container that `openScope` has opened, or the application's. */
  get scope(): Scope {
    return this.nearest;
  }

  get application(): AdapterApplication {
    return this.tree.application;
  }

  get hasScope(): boolean {
    return this.#scope !== undefined;
  }

  /** The scope of the container, or of the nearest above that has one. */
  get nearest(): AdapterScope {
    return this.#scope ?? (this.parent as ContainerNode).nearest;
  }

  /** Registers a resolver that attaches what it gives. */
  register(name: Name, resolver: KnownResolver): void {
    this.#renew();
    if (isSingleton(resolver) && isBelow(this)) this.#registerSingleton(name, resolver);
    else this.own.register(name, this.#following(resolver));
    this.#perEvent.get(name)?.();
    this.#perEvent.delete(name);
    this.#registered.set(name, resolver);
    this.#adoptPerEvent(name, resolver);
  }

  /** Attaches what the container keeps already. */
  adoptBuilt(): void {
    const { cache } = this.container;
    for (const [name, { resolver, value }] of [...cache]) {
      this.#built(value);
      this.#disposeAtEnd(resolver, value);
      cache.set(name, { resolver: this.#following(resolver), value });
    }
  }

  /** As the container's own: what was built after its scope's end is disposed as well. */
  async dispose(): Promise<void> {
    if (this.#scope !== undefined) await this.#scope.disposeAsync();
    if (this.#scope === undefined || this.#left !== undefined) await this.#disposeLeft();
  }

  /** As the container's own, for a class, a function or a resolver. */
  build(target: never, options: never): unknown {
    const { application } = this.tree;
    return application.buildTransient(() => this.#given(this.own.build(target, options)));
  }

  /** Builds a class for one delivery. */
  buildOnce(resolver: KnownResolver): object {
    const instance = resolver.resolve(this.container) as object;
    this.#disposeAtEnd(resolver, instance);
    return instance;
  }

  /** What the program has registered here, in the order of the names. */
  registrations(): Iterable<readonly [Name, KnownResolver]> {
    return this.#registered;
  }

  /** The singletons that have handlers, or may have, in the order in which they were registered. */
  *listeners(): Generator<ServiceToStart> {
    for (const [name, resolver] of this.#registered)
      if (this.#mayHear(resolver))
        yield { name: String(name), build: () => this.container.resolve(name) };
  }

  #begin(scope: AdapterScope): void {
    this.#scope = scope;
    // The first of its clean-ups runs last.
    cleanUpContainer(
      scope,
      () => this.#disposeContainer(),
      () => ['dispose() of the container'],
    );
  }

  /** awilix waits for each thing that it keeps; for a scope in which nothing is left to dispose, that would cost more than the rest of its end. */
  #disposeContainer(): void | Promise<void> {
    const { container, parent } = this;
    if (parent === undefined || this.#left !== undefined || keepsForeign(container))
      return this.#disposeLeft();
    container.cache.clear();
  }

  /** Has awilix dispose what no scope's end has. */
  #disposeLeft(): Promise<void> {
    const { container, own } = this;
    const left = this.#left;
    this.#left = undefined;
    for (const [name, { resolver, value }] of container.cache) {
      const { [FOLLOWED]: origin } = resolver as FollowedResolver;
      if (origin !== undefined && left?.has(resolver))
        container.cache.set(name, { resolver: origin, value });
    }
    return own.dispose.call(container);
  }

  /** A container of awilix is used again after its end: it begins a new scope then. */
  #renew(): void {
    const { parent } = this;
    if (parent === undefined || this.#scope === undefined || this.#scope.state === 'open') return;
    if (parent.nearest.state !== 'open') return;
    const above = parent.nearest;
    this.#begin(adapterScope(new Scope(above.runtime, this.#options, above)));
    for (const [name, resolver] of this.#registered) this.#adoptPerEvent(name, resolver);
  }

  /** awilix would keep it in the root, under a name that every other scope reads. */
  #registerSingleton(name: Name, resolver: KnownResolver): void {
    const { container, own } = this;
    const key = Symbol(String(name));
    own.register(key, this.#following({ ...resolver, lifetime: 'SCOPED' }, resolver));
    own.register(name, { resolve: () => container.resolve(key), isLeakSafe: true });
  }

  #following(resolver: KnownResolver, origin = resolver): KnownResolver {
    const followed: FollowedResolver = {
      ...resolver,
      [FOLLOWED]: origin,
      resolve: (asker: AnyContainer) => this.#resolve(origin, asker, followed),
      // What the scope's end disposes is not disposed once more.
      dispose: () => undefined,
    };
    return followed;
  }

  #resolve(
    resolver: KnownResolver,
    asker: AnyContainer | undefined,
    followed: KnownResolver,
  ): unknown {
    const { application } = this.tree;
    if (isValue(resolver)) {
      const value = resolver.resolve(asker as AnyContainer);
      this.#built(value);
      return value;
    }
    if (isAlias(resolver)) return resolver.resolve(asker as AnyContainer);
    // The program may call what getRegistration() gives, for a function that needs no container.
    const asking = (asker as Hooked | undefined)?.[NODE] ?? this;
    const owner = isSingleton(resolver) && this.hasScope ? this : asking;
    const build = () => owner.#taken(resolver, followed);
    return isKept(resolver) ? application.buildSingleton(build) : application.buildTransient(build);
  }

  #taken(resolver: KnownResolver, followed: KnownResolver): unknown {
    const value = resolver.resolve(this.container);
    if (isKept(resolver)) {
      this.#built(value);
      if (!this.#disposeAtEnd(resolver, value)) this.#leave(followed);
      return value;
    }
    return this.#given(value);
  }

  #given(value: unknown): unknown {
    attachGiven(this.tree, this.#scope, value);
    return value;
  }

  #built(instance: unknown): void {
    attachBuilt(this.tree, this.#scope, instance);
  }

  /**
   * awilix would begin all disposers at once, that of the database first.
   *
   * @returns whether nothing is left to dispose after the scope's end
   */
  #disposeAtEnd({ dispose }: KnownResolver, value: unknown): boolean {
    if (dispose === undefined) return true;
    if (this.#scope?.state !== 'open') return false;
    cleanUpContainer(
      this.#scope,
      async () => void (await dispose(value)),
      () => [`the disposer of ${nameOf(value)}`],
    );
    return true;
  }

  /** The container that keeps what the resolver has given disposes it. */
  #leave(followed: KnownResolver): void {
    const keeper = isSingleton(followed) ? topOf(this) : this;
    keeper.#left ??= new Set();
    keeper.#left.add(followed);
  }

  #adoptPerEvent(name: Name, resolver: KnownResolver): void {
    const { application } = this.tree;
    const service = classOf(resolver);
    if (this.#scope === undefined || service === undefined) return;
    if (application.plans.activated(service.prototype as object).length === 0) return;
    const open = deliveryOpener<ContainerNode>(this.tree, this, (node) => node.buildOnce(resolver));
    this.#perEvent.set(name, application.attachClass(service, { open }, this.#scope));
  }

  /** A singleton of a class that is not known may have handlers: it is built, rather than left out in silence. */
  #mayHear(resolver: KnownResolver): boolean {
    const { plans } = this.tree.application;
    if (isValue(resolver)) return plans.of(resolver.resolve(this.container)).length > 0;
    if (!isSingleton(resolver)) return false;
    const service = classOf(resolver);
    return service === undefined || plans.ofPrototype(service.prototype as object).length > 0;
  }
}

/** Whether a singleton of it is one of its scope, and not of the root. */
function isBelow({ parent, hasScope, container }: ContainerNode): boolean {
  return parent !== undefined && hasScope && container.options.strict !== true;
}

function topOf(node: ContainerNode): ContainerNode {
  return node.parent === undefined ? node : topOf(node.parent);
}

/** Whether it keeps what would be disposed by a resolver that was not registered. */
function keepsForeign({ cache }: AnyContainer): boolean {
  for (const { resolver } of cache.values()) {
    const { dispose, [FOLLOWED]: origin } = resolver as FollowedResolver;
    if (dispose !== undefined && origin === undefined) return true;
  }
  return false;
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
