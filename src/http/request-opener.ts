/** Opens the scope of each HTTP request. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { isThrown } from '../events/describe-thrown.js';
import { countName } from './count-name.js';
import type { LiveScope, LiveScopes } from './live-scopes.js';
import type { NodeRequest, NodeResponse } from './node-objects.js';
import { endWithRequest } from './request-end.js';
import { requestField } from './request-field.js';

/** What the middlewares need. */
export class RequestOpener<Opened extends object = object> {
  readonly #scopes: LiveScopes<Opened>;
  readonly #name: ((request: object) => string) | undefined;
  readonly #byRequest = requestField<LiveScope<Opened>>();
  #count = 0;

  constructor(scopes: LiveScopes<Opened>, name: ((request: object) => string) | undefined) {
    this.#scopes = scopes;
    this.#name = name;
  }

  /**
   * The scope of the request: opened now, unless a middleware before has opened it. It ends with the response or its socket.
   *
   * @throws CarillonError `CAR3001` when the application has ended; frameworks answer with its `status`, 503
   */
  begin(request: NodeRequest, response: NodeResponse): LiveScope<Opened> {
    const known = this.#byRequest.of(request);
    if (known !== undefined) return known;
    const live = this.open(request);
    endWithRequest(live, request, response);
    return live;
  }

  /** The same, of a request whose end the caller tells. */
  open(request: object): LiveScope<Opened> {
    this.#count += 1;
    const live = this.#opened(this.#name?.(request) ?? countName('request', this.#count));
    this.#byRequest.set(request, live);
    return live;
  }

  /** Finds the scope by this request of a framework as well. */
  remember(request: object, live: LiveScope<Opened>): void {
    this.#byRequest.set(request, live);
  }

  /** The scope of a request that has one: of Node's request, of a framework's, or of its context. */
  of(request: object): LiveScope<Opened> | undefined {
    const live = this.#byRequest.of(request);
    if (live !== undefined) return live;
    const { raw, req } = request as {
      readonly raw?: object;
      readonly req?: { readonly raw?: object };
    };
    for (const one of [raw, req, req?.raw]) {
      const found = one === undefined ? undefined : this.#byRequest.of(one);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #opened(name: string): LiveScope<Opened> {
    try {
      return this.#scopes.open(name);
    } catch (error) {
      if (isThrown(error, CarillonError) && error.code === 'CAR3001')
        Object.assign(error, { status: 503, statusCode: 503 });
      throw error;
    }
  }
}
