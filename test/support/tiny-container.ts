/** A container of a few lines and its adapter in one: nothing of it is InversifyJS, and the suite of adapters holds for it as well. */
import { CarillonError, type DisposeOptions, Events, Scope, type ScopeOptions } from 'carillon';
import {
  type AdapterScope,
  Application,
  adapterScope,
  cleanUpContainer,
  HOST,
  type ScopeHost,
} from 'carillon/adapter';
import type {
  ClassBinding,
  ContainerUnderTest,
  InjectedFacade,
  TestedBinding,
  TestedContainer,
  TestedStart,
} from 'carillon/compliance';
import { collector } from './collector.js';

/** A binding, and what a singleton's has given. */
interface Bound {
  readonly binding: TestedBinding;
  instance?: object;
}

/** What the build under way has wired. */
interface Building {
  wired: { readonly scope: AdapterScope; readonly instance: object }[] | undefined;
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
  private readonly building: Building;
  /** What has not been deactivated yet of what is removed at the end. */
  protected readonly deactivating = new Set<Bound>();

  constructor(
    readonly application: Application,
    protected readonly parent?: TinyContainer,
    options?: ScopeOptions,
  ) {
    this.scope =
      parent === undefined
        ? application.scope
        : adapterScope(new Scope(parent.scope.runtime, options, parent.scope));
    this.building = parent?.building ?? { wired: undefined };
    cleanUpContainer(
      this.scope,
      () => this.deactivateAll(),
      () =>
        [...this.deactivating].map(({ instance }) => `the end of ${instance?.constructor.name}`),
    );
  }

  bind(service: string, binding: TestedBinding): void {
    this.bound.set(keyOf(service, binding), { binding });
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
    const { instance } = removed ?? {};
    if (removed !== undefined && instance !== undefined) {
      const others = [...this.bound.values()].filter((other) => other !== removed);
      if (others.every((other) => other.instance !== instance)) this.silence(instance);
      try {
        await deactivate(removed);
      } catch (error) {
        this.giveBack(instance);
        throw error;
      }
    }
    this.bound.delete(service);
  }

  /** The instance is still bound. */
  protected giveBack(instance: object): void {
    this.wire(instance);
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

  start(options: TestedStart = {}) {
    return this.application.start(() => this.buildListeners(options));
  }

  stop(options?: DisposeOptions) {
    return this.application.stop(options);
  }

  protected buildListeners({ build, onFailure }: TestedStart) {
    const built: string[] = [];
    const failed: { service: string; error: CarillonError }[] = [];
    // What is bound meanwhile comes last.
    for (const [service, { binding }] of this.bound) {
      if (!this.isBuiltAhead(binding, build)) continue;
      try {
        this.get(service);
        built.push(service);
      } catch (cause) {
        const error = new CarillonError('CAR2002', `start() could not build ${service}.`, {
          cause,
        });
        failed.push({ service, error });
        if (onFailure !== 'throw') this.scope.runtime.report(error);
      }
    }
    if (onFailure === 'throw' && failed.length > 0)
      throw new CarillonError('CAR2009', `start() failed ${failed.length} times.`);
    return { built, failed, skipped: this.skipped() };
  }

  protected isBuiltAhead(binding: TestedBinding, build: TestedStart['build']): boolean {
    if ('constant' in binding) return this.hears(Object.getPrototypeOf(binding.constant));
    if ('alias' in binding || binding.lifetime !== 'singleton') return false;
    return build === 'all' || ('class' in binding && this.hears(binding.class.prototype));
  }

  private hears(prototype: object): boolean {
    return this.application.plans.ofPrototype(prototype).length > 0;
  }

  private skipped(): { service: string; reason: string }[] {
    return [...this.bound].flatMap(([service, { binding, instance }]) => {
      if ('constant' in binding || 'alias' in binding || instance !== undefined) return [];
      if ('class' in binding && !this.hears(binding.class.prototype)) return [];
      const { lifetime } = binding;
      return [{ service, reason: lifetime === 'singleton' ? 'unknown class' : lifetime }];
    });
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
    const instance = this.attempt(false, () => {
      const built = this.build(binding, request);
      this.wire(built);
      return built;
    });
    if (binding.lifetime === 'request') request.set(bound, instance);
    return instance;
  }

  /** A build that fails leaves nothing wired; what is kept keeps what it has got. */
  protected attempt(isKept: boolean, build: () => object): object {
    const { building } = this;
    const outer = building.wired;
    const wired: NonNullable<Building['wired']> = [];
    building.wired = wired;
    try {
      const instance = build();
      if (!isKept) outer?.push(...wired);
      return instance;
    } catch (error) {
      this.undo(wired);
      throw error;
    } finally {
      building.wired = outer;
    }
  }

  protected undo(wired: NonNullable<Building['wired']>): void {
    for (const { scope, instance } of wired) scope.disown(instance);
  }

  /** The instance of a binding of this container. */
  protected singleton(bound: Bound, _asker: TinyContainer): object {
    if (bound.instance !== undefined) return bound.instance;
    const { binding } = bound;
    const instance = this.attempt(true, () => {
      const isConstant = 'constant' in binding;
      const given = isConstant ? binding.constant : this.build(binding as ClassBinding, new Map());
      if (isConstant) this.wireHere(given);
      else this.wire(given);
      return given;
    });
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
    const isWired = this.application.scope.tree().some((one) => one.instances.has(instance));
    if (!isWired) this.wireHere(instance);
  }

  /** The same for what this container binds, wherever else it is bound. */
  protected wireHere(instance: object): void {
    const own = this.application.plans.of(instance);
    if (own.length === 0 || this.scope.instances.has(instance)) return;
    this.application.wire(instance, own, this.scope);
    this.building.wired?.push({ scope: this.scope, instance });
  }

  protected silence(instance: object): void {
    this.scope.disown(instance);
  }

  protected async deactivateAll(): Promise<void> {
    const all = [...this.bound.values()];
    this.bound.clear();
    const ends = await Promise.allSettled(all.map((bound) => this.deactivate(bound)));
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, 'Deactivations failed.');
  }

  protected async deactivate(bound: Bound): Promise<void> {
    this.deactivating.add(bound);
    await deactivate(bound);
    this.deactivating.delete(bound);
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

/** What a name or a tag selects lies beside the others. */
function keyOf(service: string, binding: TestedBinding): string {
  if (!('class' in binding)) return service;
  const { name = '', tag } = binding;
  return name === '' && tag === undefined ? service : `${service} ${name}${tag?.key}${tag?.value}`;
}
