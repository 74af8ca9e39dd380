/** The application behind a Nest application. */
import {
  type AdapterApplication,
  type ApplicationScope,
  createApplication,
} from '../../application/adapter-application.js';
import type { Census } from '../../application/application.js';
import type { Audit } from '../../application/audit.js';
import type { Events } from '../../application/events.js';
import { OPEN_SCOPE, type ScopeOpener } from '../../application/scope-opener.js';
import { HOST, type Scope, type ScopeHost } from '../../scope/scope.js';
import type { ScopeOptions } from '../../scope/scope-options.js';
import { Contexts } from './contexts.js';
import { CurrentEvents } from './current-events.js';
import { type CarillonOptions, completeOptions } from './nest-options.js';

/**
 * Carillon in a Nest application: what tests and reports look at, `expectNoLiveHandlers(app.get(Carillon))`.
 *
 * @example
 * const { handlers } = app.get(Carillon).census();
 */
export class Carillon implements ScopeOpener<ApplicationScope> {
  readonly [HOST]: ScopeHost;
  /** The bus, the queues and the scope at the top. */
  readonly application: AdapterApplication;
  /** What is injected as `Events`: sends to the scope of the request under way, else to the application. */
  readonly events: Events;
  /** @internal */
  readonly contexts: Contexts;
  readonly #ready = new Settled();

  /** Made by `CarillonModule`; inject it instead. */
  constructor(given: CarillonOptions) {
    const { requests, ...options } = completeOptions(given);
    // What the module itself takes.
    const { global: _, adoptOnEvent: __, ...own } = options as Record<string, unknown>;
    this.application = createApplication(own);
    this[HOST] = this.application[HOST];
    this.contexts = new Contexts(this.application, requests);
    this.events = new CurrentEvents(this.application, () => this.contexts.current);
  }

  /** The scope at the top, which every singleton belongs to. */
  get scope(): Scope {
    return this.application.scope;
  }

  /**
   * Resolves once the application has started: everything is wired, the bus is connected, and kept events were delivered. Rejects with what the start
   * failed with.
   */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Counts what is alive. */
  census(): Census {
    return this.application.census();
  }

  /** Lists what is alive. */
  audit(): Audit {
    return this.application.audit();
  }

  [OPEN_SCOPE](options?: ScopeOptions): ApplicationScope {
    return this.application.open(options);
  }

  /** @internal */
  async start(): Promise<void> {
    try {
      await this.application.start();
      this.#ready.resolve();
    } catch (error) {
      this.#ready.reject(error);
      throw error;
    }
  }
}

/** A promise that nobody has to wait for. */
class Settled {
  readonly promise: Promise<void>;
  resolve: () => void = () => undefined;
  reject: (error: unknown) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => undefined);
  }
}
