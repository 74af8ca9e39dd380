/** Which scope a context of Nest has, and what ends it. */
import type { CarillonError } from '../../../decorators/carillon-error.js';
import { milliseconds } from '../../../decorators/duration.js';
import type {
  AdapterApplication,
  ApplicationScope,
} from '../../application/adapter-application.js';
import { type Connection, Connections } from '../../http/connections.js';
import { countName } from '../../http/count-name.js';
import { type ExpressMiddleware, expressMiddleware } from '../../http/express.js';
import { type LiveScope, LiveScopes } from '../../http/live-scopes.js';
import type { NodeRequest, NodeResponse } from '../../http/node-objects.js';
import { RequestOpener } from '../../http/request-opener.js';
import type { RequestScopesOptions } from '../../http/request-scopes.js';
import { hiddenField } from '../../scope/hidden-field.js';
import type { Scope } from '../../scope/scope.js';
import { CurrentEvents } from './current-events.js';
import { type ContextScope, RequestScope } from './request-scope.js';

type Live = LiveScope<ApplicationScope>;

/** What Nest registers as the request of a message: a `RequestContextHost` of `@nestjs/microservices`. */
interface MessageRequest {
  readonly pattern: unknown;
  readonly context: object;
}

/** The contexts of one application. */
export class Contexts {
  /** Opens the scope of each HTTP request, of Express or Fastify. */
  readonly middleware: ExpressMiddleware;
  readonly #application: AdapterApplication;
  readonly #live: LiveScopes<ApplicationScope>;
  readonly #requests: RequestOpener<ApplicationScope>;
  readonly #connections: Connections<ApplicationScope>;
  /** By what Nest registers as the request of a context. */
  readonly #known = hiddenField<RequestScope>();
  readonly #served = hiddenField<object>();
  readonly #messages = hiddenField<Live>();
  readonly #counts = new Map<string, number>();

  constructor(application: AdapterApplication, options: RequestScopesOptions = {}) {
    const { limit = Number.POSITIVE_INFINITY, drain, name, onEnd } = options;
    this.#application = application;
    this.#live = new LiveScopes(application, { limit: milliseconds(limit), drain, onEnd });
    this.#requests = new RequestOpener(this.#live, name);
    this.#connections = new Connections(this.#live);
    const enter = expressMiddleware(this.#requests);
    this.middleware = (request, response, next) => {
      enter(request, response, (error) => {
        const live = this.#live.storage.getStore();
        if (live !== undefined) this.#served.set(live, request);
        next(error);
      });
    };
  }

  /** The scope of the request under way, as long as it is open. */
  get current(): Scope | undefined {
    const scope = this.#live.storage.getStore()?.scope;
    return scope !== undefined && scope.state === 'open' ? scope : undefined;
  }

  /** The HTTP request under way, as long as its scope is open. */
  get request(): object | undefined {
    const live = this.#live.storage.getStore();
    return live !== undefined && live.scope.state === 'open' ? this.#served.of(live) : undefined;
  }

  /**
   * The scope of a context, by what Nest has registered as its request.
   *
   * @param request `undefined` for a context that the program has made
   */
  scopeOf(request: unknown): RequestScope {
    if (typeof request !== 'object' || request === null) return this.#scope(this.#made());
    const known = this.#known.of(request);
    if (known !== undefined) return known;
    const scope = this.#scope(this.#find(request));
    this.#known.set(request, scope);
    return scope;
  }

  /** The scope of a tenant, which ends with the application. */
  tenant(): RequestScope {
    return this.#scope(this.open('tenant'));
  }

  /** Makes it the scope of the context whose request is that delivery. */
  deliver(delivery: object, container: ApplicationScope): void {
    this.#known.set(delivery, this.#scope(ended(container)));
  }

  /** The scope that a call of a controller, a gateway or a resolver belongs to, if it has one. */
  ofCall(kind: string, subject: object): Live | undefined {
    switch (kind) {
      case 'rpc':
        return this.#messages.of(subject);
      case 'ws':
        return this.#connections.of(subject as Connection);
      default:
        return this.#requests.of(subject) ?? this.#live.storage.getStore();
    }
  }

  #find(request: object): ContextScope {
    const known = this.#requests.of(request);
    if (known !== undefined) return known;
    if (isMessage(request)) return this.#message(request.context);
    if (isConnection(request)) return this.#connections.open(request);
    // A route that the middleware does not cover.
    const response = (request as { readonly res?: NodeResponse }).res;
    if (response !== undefined && typeof response.on === 'function')
      return this.#requests.begin(request as NodeRequest, response);
    return this.#made();
  }

  #message(context: object): Live {
    const known = this.#messages.of(context);
    if (known !== undefined) return known;
    const live = this.open('message');
    this.#messages.set(context, live);
    return live;
  }

  /** A context that the program has made: within a request it ends with that at the latest. */
  #made(): ContextScope {
    return ended(this.#application.open({ name: this.#nextName('context') }, this.current));
  }

  #scope(context: ContextScope): RequestScope {
    const { bus, queue } = this.#application;
    const { scope } = context.container;
    return new RequestScope(context, new CurrentEvents({ scope, bus, queue }, () => scope));
  }

  /** Opens one that the caller ends, or else the end of the application. */
  open(kind: string): Live {
    return this.#live.open(this.#nextName(kind), Number.POSITIVE_INFINITY);
  }

  #nextName(kind: string): string {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return countName(kind, count);
  }
}

/** A scope that its opener ends. */
function ended(container: ApplicationScope): ContextScope {
  const { scope } = container;
  const end = async () => {
    try {
      await scope.disposeAsync();
    } catch (error) {
      scope.runtime.report(error as CarillonError);
    }
  };
  return { container, end };
}

function isMessage(request: object): request is MessageRequest {
  const { context } = request as Partial<MessageRequest>;
  return 'pattern' in request && typeof context === 'object' && context !== null;
}

/** A WebSocket, or a socket of Socket.IO. An HTTP request has no method to send. */
function isConnection(request: object): request is Connection {
  const { once, send } = request as { readonly once?: unknown; readonly send?: unknown };
  return typeof once === 'function' && typeof send === 'function';
}
