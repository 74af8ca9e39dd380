/** One container of an application: what it registers, what it builds, and the scope that what it builds belongs to. */
import type { InjectionToken } from 'tsyringe';
import type { ServiceToStart } from '../../application/adapter-application.js';
import { type AdapterScope, cleanUpContainer } from '../../application/adapter-view.js';
import { type AdapterTree, attachBuilt, attachGiven, deliveryOpener } from '../adapter-tree.js';
import {
  CONTAINER_SCOPED,
  type Context,
  classOf,
  type Internals,
  isValue,
  nameOfToken,
  newContext,
  type Registration,
  SINGLETON,
} from './tsyringe-internals.js';

/** What the containers of one application share. */
export interface ContainerTree extends AdapterTree<ContainerNode> {
  /** The methods of tsyringe's own containers. */
  readonly base: Internals;
}

const NO_REGISTRATIONS: ReadonlyMap<Registration, InjectionToken> = new Map();

/** A container below the one that the application was added to, or that one. */
export class ContainerNode {
  /** In the order in which they were registered, once there is one. */
  #registered: Map<Registration, InjectionToken> | undefined;
  /** What was registered before a reset: a child may hold some of it still. */
  #reset: WeakSet<Registration> | undefined;
  /** The classes that are built for each event, and what ends their handlers, once there is one. */
  #perEvent: Map<object, () => void> | undefined;

  constructor(
    readonly tree: ContainerTree,
    readonly container: Internals,
    /** None for a child that the program made without `openScope`. */
    readonly scope: AdapterScope | undefined,
    readonly parent?: ContainerNode,
  ) {
    if (scope === undefined) return;
    // The first of its clean-ups runs last.
    cleanUpContainer(
      scope,
      () => this.#disposeContainer(),
      () => ['dispose() of the container'],
    );
    for (const disposable of container.disposables) this.#dispose(disposable);
  }

  /** The scope of the container, or of the nearest above that has one. */
  get nearest(): AdapterScope {
    return this.scope ?? (this.parent as ContainerNode).nearest;
  }

  get top(): ContainerNode {
    return this.parent?.top ?? this;
  }

  /** Takes over what is registered. */
  adoptAll(): void {
    for (const [token, registrations] of this.container._registry.entries())
      for (const registration of registrations) this.adopt(token, registration);
  }

  /** Takes over one registration, and what it has built before. */
  adopt(token: InjectionToken, registration: Registration): void {
    this.#registered ??= new Map();
    this.#registered.set(registration, token);
    const service = classOf(registration);
    if (service === undefined) return;
    if (registration.instance !== undefined) this.#built(registration.instance);
    this.#adoptPerEvent(service);
  }

  /** The same for the newest registration of a token. */
  adoptLast(token: InjectionToken): void {
    const last = this.container._registry.getAll(token).at(-1);
    if (last !== undefined) this.adopt(token, last);
  }

  /** Gives what is registered, from the container that it belongs to. */
  resolve(registration: Registration, context: Context): unknown {
    const { provider, options } = registration;
    if (options.lifecycle === SINGLETON || options.lifecycle === CONTAINER_SCOPED)
      return this.#ownerOf(registration).#kept(registration);
    if (isValue(provider)) return this.#ownerOf(registration).#constant(provider.useValue);
    const { base } = this.tree;
    if (provider.useFactory === undefined)
      return base.resolveRegistration.call(this.container, registration, context);
    return this.tree.application.buildTransient(() =>
      this.#given(base.resolveRegistration.call(this.container, registration, context)),
    );
  }

  /** Builds a class, and attaches the instance. */
  construct(service: unknown, context: Context): unknown {
    const { application, base } = this.tree;
    const construct = () => base.construct.call(this.container, service, context);
    // What delay() gives is a proxy that builds once it is touched.
    if (typeof service !== 'function') return construct();
    return application.buildTransient(() => {
      const instance = construct();
      this.#built(instance);
      this.#takeDisposable(instance);
      return instance;
    });
  }

  /** The singletons with handlers, in the order of their registrations; those of containers above the application's come first. */
  *listeners(): Generator<ServiceToStart> {
    for (const [token, registration] of this.registrations())
      yield* this.#listener(token, registration);
  }

  /** What is registered here; in the application's container also above, which comes first. */
  *registrations(): Generator<readonly [InjectionToken, Registration]> {
    yield* this.#registrationsAbove();
    for (const [registration, token] of this.#registered ?? NO_REGISTRATIONS)
      yield [token, registration];
  }

  /** Ends the handlers of all that was built and given here; classes that are built for each event stay. */
  forgetInstances(): void {
    const { scope } = this;
    const { plans } = this.tree.application;
    scope?.disown(
      ...[...scope.instances.keys()].filter((instance) => plans.of(instance).length > 0),
    );
  }

  /** The same when the registrations are gone as well. */
  forgetAll(): void {
    this.forgetInstances();
    for (const end of this.#perEvent?.values() ?? []) end();
    this.#perEvent = undefined;
    this.#reset ??= new WeakSet();
    for (const registration of this.#registered?.keys() ?? []) this.#reset.add(registration);
    this.#registered = undefined;
  }

  /** The container that the registration is of; the application's for one that is registered above it. */
  #ownerOf(registration: Registration): ContainerNode {
    return this.#holderOf(registration) ?? this.top;
  }

  /** A child of tsyringe holds some registrations of its parent as well: they are the parent's. */
  #holderOf(registration: Registration): ContainerNode | undefined {
    const { parent } = this;
    const above = parent === undefined ? undefined : parent.#holderOf(registration);
    if (above !== undefined) return above;
    const isHeld = this.#registered?.has(registration) || this.#reset?.has(registration);
    return isHeld ? this : undefined;
  }

  #kept(registration: Registration): unknown {
    const { application, base } = this.tree;
    const isAbove = this.#holderOf(registration) === undefined;
    const known = registration.instance;
    if (known !== undefined && known !== null) {
      if (isAbove && classOf(registration) !== undefined) this.#built(known);
      return known;
    }
    const instance = application.buildSingleton(() =>
      base.resolveRegistration.call(this.container, registration, newContext()),
    );
    if (isAbove) this.#forgetAtEnd(registration);
    return instance;
  }

  /** What this application disposes is not given to the next one that looks into the same container above. */
  #forgetAtEnd(registration: Registration): void {
    const { instance } = registration;
    if (this.scope?.state !== 'open') return;
    this.scope.onDispose(() => {
      if (registration.instance === instance) registration.instance = undefined;
    });
  }

  #constant(value: unknown): unknown {
    this.#built(value);
    return value;
  }

  #given(value: unknown): unknown {
    attachGiven(this.tree, this.scope, value);
    return value;
  }

  #built(instance: unknown): void {
    attachBuilt(this.tree, this.scope, instance);
  }

  /** What tsyringe would dispose in the order of building, and up to the first that fails. */
  #takeDisposable(instance: unknown): void {
    const { disposables } = this.container;
    const disposable = instance as { dispose(): unknown };
    if (this.scope?.state === 'open' && disposables.has(disposable)) this.#dispose(disposable);
  }

  #dispose(disposable: { dispose(): unknown }): void {
    this.container.disposables.delete(disposable);
    cleanUpContainer(
      this.scope as AdapterScope,
      () => disposable.dispose() as void | Promise<void>,
      () => [`dispose() of ${disposable.constructor.name}`],
    );
  }

  /** tsyringe would make promises also where nothing is left to dispose. */
  #disposeContainer(): void | Promise<void> {
    const { container, parent, tree } = this;
    if (parent === undefined || container.disposables.size > 0)
      return tree.base.dispose.call(container);
    container.disposed = true;
  }

  #adoptPerEvent(service: abstract new () => object): void {
    const { application } = this.tree;
    if (this.scope === undefined || this.#perEvent?.has(service)) return;
    if (application.plans.activated(service.prototype).length === 0) return;
    const build = (node: ContainerNode) => node.construct(service, newContext()) as object;
    const open = deliveryOpener(this.tree, this, build);
    this.#perEvent ??= new Map();
    this.#perEvent.set(service, application.attachClass(service, { open }, this.scope));
  }

  *#registrationsAbove(): Generator<[InjectionToken, Registration]> {
    if (this.parent !== undefined) return;
    const above: Internals[] = [];
    for (let one = this.container.parent; one; one = one.parent) above.unshift(one);
    for (const { _registry } of above)
      for (const [token, registrations] of _registry.entries())
        for (const registration of registrations) yield [token, registration];
  }

  *#listener(token: InjectionToken, registration: Registration): Generator<ServiceToStart> {
    const { plans } = this.tree.application;
    const { provider, options } = registration;
    const prototype =
      options.lifecycle === SINGLETON ? classOf(registration)?.prototype : undefined;
    const hears =
      plans.ofPrototype(prototype ?? null).length > 0 || plans.of(provider.useValue).length > 0;
    if (hears)
      yield { name: nameOfToken(token), build: () => this.resolve(registration, newContext()) };
  }
}
