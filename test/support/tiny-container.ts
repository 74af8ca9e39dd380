/** A container of a few lines and its adapter in one: nothing of it is InversifyJS, and the suite of adapters holds for it as well. */
import { CarillonError, type DisposeOptions, Events, Scope, type ScopeOptions } from 'carillon';
import {
  type AdapterScope,
  Application,
  adapterScope,
  HOST,
  type ScopeHost,
} from 'carillon/adapter';
import type {
  ClassBinding,
  ContainerUnderTest,
  InjectedFacade,
  TestedBinding,
  TestedContainer,
} from 'carillon/compliance';
import { collector } from './collector.js';

/** A binding, and what a singleton's has given. */
interface Bound {
  readonly binding: TestedBinding;
  instance?: object;
}

/** What one resolution shares. */
type Request = Map<Bound, object>;

/** What it cannot. */
export const TINY = {
  async: false,
  empty: false,
  reuse: false,
  plainChild: false,
  perEvent: false,
  captives: false,
  late: false,
} as const;

/** The adapter for one case, of that class of containers. */
export function tinyAdapter(Container: typeof TinyContainer = TinyContainer): ContainerUnderTest {
  return { root: (options) => new Container(new Application(options)), collect: collector() };
}

export class TinyContainer implements TestedContainer, ScopeHost {
  readonly container = this;
  readonly [HOST] = this;
  readonly scope: AdapterScope;
  protected readonly bound = new Map<string, Bound>();

  constructor(
    readonly application: Application,
    protected readonly parent?: TinyContainer,
    options?: ScopeOptions,
  ) {
    this.scope =
      parent === undefined
        ? application.scope
        : adapterScope(new Scope(parent.scope.runtime, options, parent.scope));
    this.scope.onDispose(() => this.deactivateAll());
  }

  bind(service: string, binding: TestedBinding): void {
    this.bound.set(service, { binding });
  }

  get(service: string): object {
    return this.resolve(service, new Map());
  }

  facade(): InjectedFacade {
    const { scope, application } = this;
    const { bus, queue } = application;
    return { scope, emitter: scope.emitter, bus, queue, events: new Events(scope, bus, queue) };
  }

  child(options?: ScopeOptions): TinyContainer {
    return new (this.constructor as typeof TinyContainer)(this.application, this, options);
  }

  async unbind(service: string): Promise<void> {
    const removed = this.bound.get(service);
    this.bound.delete(service);
    const { instance } = removed ?? {};
    if (removed === undefined || instance === undefined) return;
    if ([...this.bound.values()].every((other) => other.instance !== instance))
      this.silence(instance);
    await deactivate(removed);
  }

  async rebind(service: string, binding: TestedBinding): Promise<void> {
    await this.unbind(service);
    this.bind(service, binding);
  }

  dispose(): void {
    this.scope.dispose();
  }

  disposeAsync(): Promise<unknown> {
    return this.scope.disposeAsync();
  }

  start() {
    return this.application.start(() => this.buildListeners());
  }

  stop(options?: DisposeOptions) {
    return this.application.stop(options);
  }

  private buildListeners() {
    const built: string[] = [];
    const failed: { service: string; error: unknown }[] = [];
    for (const [service, { binding }] of this.bound) {
      if (!('class' in binding) || binding.lifetime !== 'singleton') continue;
      if (this.application.plans.ofPrototype(binding.class.prototype).length === 0) continue;
      try {
        this.get(service);
        built.push(service);
      } catch (error) {
        failed.push({ service, error });
        this.scope.runtime.report(
          new CarillonError('CAR2002', `start() could not build ${service}.`, { cause: error }),
        );
      }
    }
    return { built, failed };
  }

  protected resolve(service: string, request: Request): object {
    const owner = this.holderOf(service);
    const bound = owner.bound.get(service) as Bound;
    const { binding } = bound;
    if ('alias' in binding) return this.resolve(binding.alias, request);
    if ('constant' in binding || binding.lifetime === 'singleton')
      return owner.singleton(bound, this);
    const shared = request.get(bound);
    if (shared !== undefined) return shared;
    const instance = this.build(binding, request);
    if (binding.lifetime === 'request') request.set(bound, instance);
    this.wire(instance);
    return instance;
  }

  /** The instance of a binding of this container. */
  protected singleton(bound: Bound, _asker: TinyContainer): object {
    if (bound.instance !== undefined) return bound.instance;
    const { binding } = bound;
    const instance =
      'constant' in binding ? binding.constant : this.build(binding as ClassBinding, new Map());
    this.wire(instance);
    bound.instance = instance;
    return instance;
  }

  protected build(
    binding: Exclude<TestedBinding, { constant: object } | { alias: string }>,
    request: Request,
  ): object {
    if ('factory' in binding) return binding.factory();
    const { class: serviceClass, needs = [], activation } = binding;
    const instance = new serviceClass(
      ...(needs.map((need) => this.resolve(need, request)) as never[]),
    );
    return activation === undefined ? instance : activation(instance);
  }

  /** Subscribes the handlers of an instance, unless it is wired somewhere. */
  protected wire(instance: object): void {
    const { plans, scope } = this.application;
    const own = plans.of(instance);
    if (own.length === 0 || scope.tree().some((one) => one.instances.has(instance))) return;
    this.application.wire(instance, own, this.scope);
  }

  protected silence(instance: object): void {
    this.scope.disown(instance);
  }

  protected async deactivateAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const bound of this.bound.values()) {
      try {
        await deactivate(bound);
      } catch (error) {
        errors.push(error);
      }
    }
    this.bound.clear();
    if (errors.length > 0) throw new AggregateError(errors, 'Deactivations failed.');
  }

  private holderOf(service: string): TinyContainer {
    if (this.bound.has(service)) return this;
    if (this.parent === undefined) throw new Error(`Nothing is bound as ${service}.`);
    return this.parent.holderOf(service);
  }
}

function deactivate({ binding, instance }: Bound): void | Promise<void> {
  if (instance !== undefined && 'class' in binding) return binding.deactivation?.(instance);
}
