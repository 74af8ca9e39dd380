/** An application that is told of each instance: by the adapter of a container, or by a program that has no container. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  callback,
  checkOptions,
  needed,
  refuseFault,
  unknownFault,
} from '../../decorators/check-options.js';
import { HOST, Scope, type ScopeHost } from '../scope/scope.js';
import type { ScopeOptions } from '../scope/scope-options.js';
import { untilClosed } from '../scope/until-closed.js';
import { type AdapterScope, adapterScope } from './adapter-view.js';
import { APPLICATION, Application, type ApplicationOptions } from './application.js';
import {
  type AttachClassOptions,
  AttachedClass,
  instancePlans,
  perEventPlans,
} from './attached-class.js';
import { Builds } from './builds.js';
import { Events } from './events.js';
import { OPEN_SCOPE, type ScopeOpener } from './scope-opener.js';
import { isCancelled, notBuilt } from './service-failure.js';

/** A class, also one whose constructor is private or takes arguments. */
type ServiceClass = abstract new (...args: never[]) => object;

/** What is built when the application starts. */
export interface ServiceToStart {
  /** What errors call it. */
  readonly name: string;
  /** Builds it; whoever builds it attaches it. */
  build(): unknown;
}

/** What the start of an application has built. */
export interface ServicesStart {
  /** The names of the services that were built. */
  readonly built: readonly string[];
  /** Those that could not be built, each with its error. */
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/** A scope that is filled by hand: a request, a job. */
export class ApplicationScope implements ScopeOpener<ApplicationScope> {
  readonly [HOST]: ScopeHost;
  /** `emit` reaches the handlers attached here; `publish` and `defer` those of the whole application. */
  readonly events: Events;
  /** As {@link AdapterApplication.attach}, for this scope. */
  readonly attach: <T extends object>(instance: T) => T;
  /**
   * Opens a scope below this one.
   *
   * @throws CarillonError `CAR3001` when this one has ended, `CAR7001` for invalid options
   */
  readonly open: (options?: ScopeOptions) => ApplicationScope;

  /** Made by {@link AdapterApplication.open}. */
  constructor(
    application: AdapterApplication,
    /** The scope itself. */
    readonly scope: AdapterScope,
  ) {
    this[HOST] = { scope, application };
    this.events = application.eventsOf(scope);
    // Functions, because a handler may take them out: ({ attach, events }) => ...
    this.attach = (instance) => application.attach(instance, scope);
    this.open = (options) => application.open(options, scope);
  }

  [OPEN_SCOPE](options?: ScopeOptions): ApplicationScope {
    return this.open(options);
  }
}

/**
 * An application whose instances are attached to their scopes: by the adapter of a container, or by hand.
 *
 * Made by {@link createApplication}.
 */
export class AdapterApplication extends Application implements ScopeOpener<ApplicationScope> {
  readonly [HOST]: ScopeHost = { scope: this.scope, application: this };
  readonly #builds = new Builds();
  #events: Events | undefined;

  /** `emit`, `publish` and `defer` of the scope at the top. */
  get events(): Events {
    this.#events ??= this.eventsOf(this.scope);
    return this.#events;
  }

  /** `emit`, `publish` and `defer` of a scope: what an adapter injects as `Events`. */
  eventsOf(scope: Scope): Events {
    return new Events(scope, this.bus, this.queue);
  }

  /**
   * Opens a scope. Its end ends the handlers that are attached to it.
   *
   * @param options its name in errors and reports, and how long its end waits
   * @param above the scope that it is opened in; default the one at the top
   * @throws CarillonError `CAR3001` when that has ended, `CAR7001` for invalid options
   * @example
   * const request = app.open({ name: 'request 7' });
   * request.attach(new Basket(request.events));
   */
  open(options?: ScopeOptions, above: Scope = this.scope): ApplicationScope {
    return new ApplicationScope(this, adapterScope(new Scope(above.runtime, options, above)));
  }

  [OPEN_SCOPE](options?: ScopeOptions): ApplicationScope {
    return this.open(options);
  }

  /**
   * Subscribes every handler of an instance, until the scope ends. To attach it to the same scope again does nothing; an instance without
   * handlers is returned as it is.
   *
   * @param instance of a class with handlers
   * @param scope whose emitter it hears, and whose end ends it; default the one at the top
   * @returns the instance
   * @throws CarillonError `CAR3001` when the scope has ended, `CAR2010` for what is no instance or is built for each event, `CAR4003` when
   * `before` and `after` make a circle
   * @example
   * const shop = app.attach(new Shop(app.events));
   */
  attach<T extends object>(instance: T, scope: Scope = this.scope): T {
    const plans = instancePlans(this.plans, instance);
    scope.assertOpen();
    if (plans.length > 0 && !scope.instances.has(instance)) {
      this.wire(instance, plans, scope);
      this.#builds.note(instance, scope);
    }
    return instance;
  }

  /**
   * Builds what is given away: a transient. If the build throws, the handlers of all that was attached for it end; so they do if a build
   * around this one throws.
   *
   * @param build builds it, with what it needs, in one turn; attaches what it builds
   * @example
   * const shop = app.buildTransient(() => app.attach(new Shop(box.get(Till)), scope));
   */
  buildTransient<T>(build: () => T): T {
    return this.#builds.transient(build);
  }

  /**
   * The same for what the container keeps: a singleton. Once it is built it stays, with all that it holds, also where it was built for
   * something that fails.
   *
   * @param build builds it, with what it needs, in one turn; attaches what it builds
   * @example
   * const till = app.buildSingleton(() => app.attach(new Till(), scope));
   */
  buildSingleton<T>(build: () => T): T {
    return this.#builds.kept(build);
  }

  /**
   * Whether the instance has handlers in a scope that is open.
   *
   * @param instance any object
   */
  isAttached(instance: object): boolean {
    return this.homes.of(instance).length > 0;
  }

  /**
   * Subscribes the handlers of a class with `@Listener({ activation: 'event' })`: each delivery builds it in a scope of its own.
   *
   * @param service the class
   * @param options `open` opens the scope of a delivery, and says how the class is built in it
   * @param scope whose emitter it hears, and whose end ends it; default the one at the top
   * @returns the undoing
   * @throws CarillonError `CAR3001` when the scope has ended, `CAR2010` for any other class, `CAR7004` for options that are wrong
   * @example
   * app.attachClass(Billing, {
   *   open: (options) => {
   *     const { scope, events } = app.open(options);
   *     return { scope, build: () => new Billing(events) };
   *   },
   * });
   */
  attachClass(
    service: ServiceClass,
    options: AttachClassOptions,
    scope: Scope = this.scope,
  ): () => void {
    checkOptions('CAR7004', 'attachClass()', { open: needed(callback()) }, options);
    const plans = perEventPlans(this.plans, service);
    const standIn = new AttachedClass(options);
    this.wire(standIn, plans, scope);
    return () => scope.disown(standIn);
  }

  /**
   * Reports an instance with handlers that no scope could end, once for each class (`CAR2004`): its handlers hear nothing.
   *
   * @param instance that nobody will wire
   * @param remedy what the program has to do: `'Open the child by box.open()'`
   */
  refuse(instance: object, remedy: string): void {
    if (this.plans.of(instance).length === 0) return;
    const { constructor: service } = instance;
    if (!this.isNewReport('CAR2004', service)) return;
    this.scope.runtime.report(
      new CarillonError(
        'CAR2004',
        `${service.name} was built where no scope of "${this.scope.name}" could end it: its handlers hear nothing. ${remedy}.`,
      ),
    );
  }

  /**
   * Starts the application: builds the services, connects the bus, and begins to process the queues. What is emitted and published meanwhile is
   * kept, see `beforeStart`. A service that cannot be built is reported as `CAR2002`; the others are built all the same.
   *
   * @param services what has handlers and is not built yet, in order; default none
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR5041` when the bus's engine cannot be reached: start
   * it again once it can
   * @example
   * const { failed } = await app.start([{ name: 'Shop', build: () => box.get(Shop) }]);
   */
  override start(services?: Iterable<ServiceToStart>): Promise<ServicesStart>;
  /** The same, with a function that builds what has handlers, and reports what it could not build. */
  override start<T>(build: () => T | Promise<T>): Promise<T>;
  override start(what: Iterable<ServiceToStart> | (() => unknown) = []): Promise<unknown> {
    return super.start<unknown>(typeof what === 'function' ? what : () => this.#buildAll(what));
  }

  async #buildAll(services: Iterable<ServiceToStart>): Promise<ServicesStart> {
    const built: string[] = [];
    const failed: { name: string; error: unknown }[] = [];
    for (const service of services) {
      const { name } = service;
      // An end of the application meanwhile cancels the start.
      if (this.scope.state !== 'open') break;
      try {
        // Nor does an end wait for a build that never settles.
        await untilClosed(this.scope, Promise.resolve(service.build()));
        built.push(name);
      } catch (error) {
        if (isCancelled(this.scope, error)) break;
        failed.push({ name, error });
        this.scope.runtime.report(notBuilt(name, error));
      }
    }
    return { built, failed };
  }
}

/**
 * An application: a scope with an emitter, a bus, queues and timers. For a program without a container, and for the adapter of one.
 *
 * @param options as of `events()`: the bus, the queues, `onError`, times and others; each has a default
 * @throws CarillonError `CAR7001` … `CAR7004` for options that are wrong
 * @example
 * const app = createApplication({ bus: redisBus() });
 * app.attach(new Shop(app.events));
 * await app.start();
 * process.once('SIGTERM', () => app.stop({ drain: '10s' }));
 */
export function createApplication(options: ApplicationOptions = {}): AdapterApplication {
  refuseFault('CAR7004', 'createApplication()', unknownFault([APPLICATION], options));
  return new AdapterApplication(options);
}
