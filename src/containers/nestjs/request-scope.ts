/** The scope of one context of Nest: a request, a message, a client, a tenant, a delivery. */
import type { ApplicationScope } from '../../application/adapter-application.js';
import type { Events } from '../../application/events.js';
import type { Scope } from '../../scope/scope.js';

/** What stands behind one. */
export interface ContextScope {
  readonly container: ApplicationScope;
  /** Ends it, once what holds a lease has given that back; never rejects. */
  end(): Promise<void>;
}

/**
 * The scope that the request-scoped instances of one context belong to. Whoever injects it becomes request-scoped.
 *
 * @example
 * const scope = await moduleRef.resolve(RequestScope, contextId);
 * const job = await moduleRef.resolve(ImportJob, contextId);
 * await job.run();
 * await scope.end();
 */
export class RequestScope {
  readonly #context: ContextScope;

  /** Made by Nest's container; inject it instead. */
  constructor(
    context: ContextScope,
    /** `emit` reaches the handlers of this context, and then those of the application; `publish` and `defer` the whole application. */
    readonly events: Events,
  ) {
    this.#context = context;
  }

  /** For clean-ups, leases and waiting. */
  get scope(): Scope {
    return this.#context.container.scope;
  }

  /**
   * Ends the context's scope: its handlers are unsubscribed. Needed for a context that the program has made itself, by `moduleRef.resolve()`; those
   * of requests, messages and clients end automatically.
   *
   * @returns resolves once everything has settled; never rejects
   */
  end(): Promise<void> {
    return this.#context.end();
  }

  /** @internal Subscribes the handlers of an instance of this context. */
  wire(instance: object): void {
    const { container } = this.#context;
    // Its client may have left before Nest has built what serves it.
    if (container.scope.state === 'open') container.attach(instance);
  }
}
