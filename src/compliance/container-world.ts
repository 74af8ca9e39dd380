/** What the cases of containers share: a container in the suite's own words, and the roots that a case makes. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { BeforeStart } from '../application/start-gate.js';
import type { EventBus } from '../bus/event-bus.js';
import type { RuntimeOptions } from '../dispatch/create-runtime.js';
import type { ScopedEmitter } from '../dispatch/emitter.js';
import type { BindingOptions } from '../dispatch/handler-plan.js';
import type { EventQueue } from '../queue/event-queue.js';
import type { DisposalReport } from '../scope/disposal-report.js';
import type { LeakOptions } from '../scope/leak-tracker.js';
import type { Scope } from '../scope/scope.js';
import type { DisposeOptions, ScopeOptions } from '../scope/scope-options.js';
import { type VirtualClock, virtualClock } from '../testing/virtual-clock.js';

/** A class that the suite has bound. */
export type ServiceClass = new (...needs: never[]) => object;

/** One instance for the container that binds it, a new one for each resolution, or one for all that one resolution builds. */
export type Lifetime = 'singleton' | 'transient' | 'request';

/** A class that the container builds. */
export interface ClassBinding {
  /** What is built. */
  readonly class: ServiceClass;
  /** How many instances there are, and for how long. */
  readonly lifetime: Lifetime;
  /** Selects it among several bindings of its service. Capability `named`. */
  readonly name?: string;
  /** The same by a tag and its value. Capability `tagged`. */
  readonly tag?: { readonly key: string; readonly value: string };
  /** The services that are injected as the constructor's arguments, in order; a class has the same in all of its bindings. Capability `injection`. */
  readonly needs?: readonly string[];
  /** By the container's own means: runs once an instance is built; what it returns takes the instance's place. Capability `activation`. */
  readonly activation?: (instance: object) => object | Promise<object>;
  /** By the container's own means: runs when the singleton is removed. Capability `deactivation`. */
  readonly deactivation?: (instance: object) => void | Promise<void>;
}

/** An object that is there already; a promise of one with the capability `async`. */
export interface ConstantBinding {
  /** The object, or a promise of it. */
  readonly constant: object;
}

/** What a function gives. Capability `factory`. */
export interface FactoryBinding {
  /** Called for each instance. */
  readonly factory: () => object | Promise<object>;
  /** How often it is called. */
  readonly lifetime: Lifetime;
}

/** Whatever another service gives. Capability `alias`. */
export interface AliasBinding {
  /** The name of the other service. */
  readonly alias: string;
}

/** How the suite asks for a service to be bound. */
export type TestedBinding = ClassBinding | ConstantBinding | FactoryBinding | AliasBinding;

/** What the adapter has the container inject under the classes of the same names. */
export interface InjectedFacade {
  /** Injected under `Scope`. */
  readonly scope: Scope;
  /** Injected under `ScopedEmitter`. */
  readonly emitter: ScopedEmitter;
  /** Injected under `EventBus`. */
  readonly bus: EventBus;
  /** Injected under `EventQueue`. */
  readonly queue: EventQueue;
  /** Injected under `Events`. */
  readonly events: {
    emit(event: object): void;
    publish(event: object): Promise<void>;
    defer(event: object): Promise<unknown>;
  };
}

/** A container with a scope, in the words of the suite; a service is named by a string. */
export interface TestedContainer {
  /** The container's own object: what `recordEvents` and `expectNoLiveHandlers` take. */
  readonly container: object;
  /** The container's scope, or the one that has ended where no new one has begun. */
  readonly scope: Scope;
  /** Binds a service in this container; a further binding of the same service does not replace it. */
  bind(service: string, binding: TestedBinding): void;
  /** Resolves the service, and throws what its building throws. */
  get(service: string): object;
  /** The same where something of it is asynchronous. Capability `async`. */
  getAsync?(service: string): Promise<object>;
  /** Resolved from this container. */
  facade(): InjectedFacade;
  /** A child container with a scope of its own. */
  child(options?: ScopeOptions): TestedContainer;
  /** A child container that the program makes without the adapter's help. Capability `plainChild`. */
  plainChild?(): Pick<TestedContainer, 'bind' | 'get'>;
  /** Capability `unbind`. */
  unbind?(service: string): void | Promise<void>;
  /** Replaces the binding of a service. Capability `rebind`. */
  rebind?(service: string, binding: TestedBinding): void | Promise<void>;
  /** Removes every binding, by the container's own means; the container can be used again. Capability `empty`. */
  empty?(): void | Promise<void>;
  /** Ends the container and its scope, without waiting for it. */
  dispose(): void;
  /** Ends the container and its scope, and waits for it. */
  disposeAsync(): Promise<unknown>;
  /** Of a root: builds what has handlers, and starts the application. It is given options with the capability `startOptions`. */
  start(options?: TestedStart): Promise<{
    readonly built: readonly string[];
    readonly failed: readonly { readonly service: string; readonly error: unknown }[];
    /** What may have handlers and was not built. Capability `startOptions`. */
    readonly skipped?: readonly { readonly service: string; readonly reason: string }[];
  }>;
  /** Of a root: ends the application. */
  stop(options?: DisposeOptions): Promise<DisposalReport>;
}

/** How the suite asks for a start: which singletons are built, and what happens where one cannot be. */
export interface TestedStart {
  /** Singletons with handlers alone, or all. Default `'listeners'`. */
  readonly build?: 'listeners' | 'all';
  /** Whether the start resolves with what could not be built, or rejects. Default `'report'`. */
  readonly onFailure?: 'report' | 'throw';
}

/** How the suite asks for a root container to be set up. */
export interface RootOptions extends RuntimeOptions, ScopeOptions, BindingOptions {
  /** What the adapter's own option of that name takes. */
  readonly leaks?: LeakOptions;
  /** What the adapter's own option of that name takes. */
  readonly beforeStart?: BeforeStart;
  /** What the adapter's own option of that name takes. */
  readonly pileUpLimit?: number;
}

/** A further way to bind a class as a singleton, and to remove it: by a module, by a snapshot that is restored. */
export interface BindingWay {
  /** How titles call it: `'a module'`. */
  readonly name: string;
  /** Binds the class under the name of the service. */
  bind(
    container: TestedContainer,
    service: string,
    serviceClass: ServiceClass,
  ): void | Promise<void>;
  /** Where it differs from `unbind`. */
  remove?(container: TestedContainer): void | Promise<void>;
}

/** An adapter for one case. */
export interface ContainerUnderTest {
  /** A new root container with events. */
  root(options: RootOptions): TestedContainer;
  /** A root container that gets its events after it has been used. Capability `late`. */
  late?(): Pick<TestedContainer, 'bind' | 'get'> & {
    register(options: RootOptions): TestedContainer;
  };
  /** Default none. */
  readonly ways?: readonly BindingWay[];
  /** Collects garbage, such as `globalThis.gc`. Capability `collect`. */
  collect?(): void;
  /** Removes everything that the case left. */
  close?(): void | Promise<void>;
}

/** What a container or its adapter cannot do; what is not named is asked for. */
export interface ContainerCapabilities {
  /** Asynchronous activations and functions: {@link TestedContainer.getAsync}. */
  readonly async?: boolean;
  /** The lifetime `'request'`. */
  readonly request?: boolean;
  /** {@link FactoryBinding} */
  readonly factory?: boolean;
  /** {@link AliasBinding} */
  readonly alias?: boolean;
  /** {@link ClassBinding.needs} */
  readonly injection?: boolean;
  /** {@link ClassBinding.activation} */
  readonly activation?: boolean;
  /** {@link ClassBinding.deactivation} */
  readonly deactivation?: boolean;
  /** {@link TestedContainer.unbind} */
  readonly unbind?: boolean;
  /** A removal whose deactivation fails leaves the service bound. */
  readonly failedRemoval?: boolean;
  /** {@link TestedContainer.rebind} */
  readonly rebind?: boolean;
  /** {@link TestedContainer.empty} */
  readonly empty?: boolean;
  /** A container that was disposed is used again with its next binding. */
  readonly reuse?: boolean;
  /** {@link TestedContainer.plainChild} */
  readonly plainChild?: boolean;
  /** Classes with `@Listener({ activation: 'event' })`. */
  readonly perEvent?: boolean;
  /** Reports a longer-lived instance that holds a shorter-lived one. */
  readonly captives?: boolean;
  /** {@link ClassBinding.name} */
  readonly named?: boolean;
  /** {@link ClassBinding.tag} */
  readonly tagged?: boolean;
  /** `start` builds what a singleton binds while it is built. */
  readonly startLate?: boolean;
  /** `start` takes options, and tells what it passed over. */
  readonly startOptions?: boolean;
  /** The report of an end names the classes whose clean-ups were left behind. */
  readonly cleanupNames?: boolean;
  /** {@link ContainerUnderTest.late} */
  readonly late?: boolean;
  /** {@link ContainerUnderTest.collect} */
  readonly collect?: boolean;
}

/** An adapter, and the root containers that a case has made by it. */
export class ContainerWorld {
  readonly clock: VirtualClock = virtualClock();
  readonly errors: CarillonError[] = [];
  readonly #roots: TestedContainer[] = [];

  constructor(readonly adapter: ContainerUnderTest) {}

  /** The codes of what was reported. */
  get codes(): readonly string[] {
    return this.errors.map(({ code }) => code);
  }

  /** One more root container, on the clock of the case. */
  root(options: RootOptions = {}): TestedContainer {
    return this.#added(this.adapter.root(this.#options(options)));
  }

  /** Gives a container its events after it has been used. */
  register(late: ReturnType<NonNullable<ContainerUnderTest['late']>>): TestedContainer {
    return this.#added(late.register(this.#options({})));
  }

  /** Lets everything run that waits for nothing but its turn. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#roots.map((root) => root.stop({ drain: 0, abort: 0 })));
    await this.adapter.close?.();
  }

  #options(options: RootOptions): RootOptions {
    return { clock: this.clock, onError: (error) => void this.errors.push(error), ...options };
  }

  #added(root: TestedContainer): TestedContainer {
    this.#roots.push(root);
    return root;
  }
}
