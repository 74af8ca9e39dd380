/** Which handlers an application has for what is deferred, and what stored messages call them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { StableName, WorkOptions } from '../../decorators/work-options.js';
import type { Clock } from '../dispatch/clock.js';
import { Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import { Registry } from '../dispatch/registry.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { RetryPolicy } from './retry-policy.js';

/** Handlers that have ended are known on: their messages wait for the next instance. */
export class DeferredHandlers {
  /** Grows when a handler comes. */
  version = 0;
  readonly #registry = new Registry();
  readonly #recipients = new Map<string, Map<string, DeferredHandler>>();
  readonly #byPlan = new WeakMap<HandlerPlan, DeferredHandler>();
  readonly #routes = new Map<EventKey, readonly DeferredHandler[]>();
  readonly #defaultsOf: (queue: string) => HandlerDefaults;

  constructor(defaultsOf: (queue: string) => HandlerDefaults) {
    this.#defaultsOf = defaultsOf;
  }

  /** @throws CarillonError `CAR5005` when another class has the id in a durable queue */
  add(
    plan: HandlerPlan,
    owner: HandlerOwner,
    instance: object | undefined,
  ): { handler: Handler; recipient: DeferredHandler } {
    const recipient = this.#byPlan.get(plan) ?? this.know(plan);
    const handler = new Handler(plan, instance, owner, owner.runtime.nextSequence());
    this.#registry.add(handler);
    this.version += 1;
    this.#routes.clear();
    return { handler, recipient };
  }

  /** Makes the handler's messages wait for an instance of it. */
  know(plan: HandlerPlan): DeferredHandler {
    const queue = plan.queue as string;
    const named = this.#recipients.get(queue) ?? new Map<string, DeferredHandler>();
    this.#recipients.set(queue, named);
    const defaults = this.#defaultsOf(queue);
    const { id = handlerName(plan), previousIds = [] } = plan.options as StableName;
    const recipient =
      this.#twin(named, id, plan, defaults.durable) ??
      new DeferredHandler(queue, freeId(named, id), plan, this, defaults);
    recipient.events.add(plan.event);
    named.set(recipient.id, recipient);
    for (const name of previousIds) if (!named.has(name)) named.set(name, recipient);
    this.#byPlan.set(plan, recipient);
    this.#routes.clear();
    return recipient;
  }

  /** For whom a message is: those that live, or, where none does, those that would have received it. */
  route(key: EventKey): readonly DeferredHandler[] {
    const known = this.#routes.get(key);
    if (
      known !== undefined &&
      known.length > 0 &&
      known.every((recipient) => isAlive(recipient.handlersOf(key)))
    )
      return known;
    const living = new Set<DeferredHandler>();
    for (const handler of this.#registry.find(key).entries) {
      if (handler.active) living.add(this.#byPlan.get(handler.plan) as DeferredHandler);
    }
    const route = living.size > 0 ? [...living] : this.#known(key);
    this.#routes.set(key, route);
    return route;
  }

  /** The handler that stored messages call so, now or formerly. */
  named(queue: string, id: string): DeferredHandler | undefined {
    return this.#recipients.get(queue)?.get(id);
  }

  /** Whether the queue has a handler, living or not. */
  serves(queue: string): boolean {
    return this.#recipients.has(queue);
  }

  /** Whether the queue has a living handler. */
  isAlive(queue: string): boolean {
    for (const handler of this.#registry.handlers()) if (handler.plan.queue === queue) return true;
    return false;
  }

  /** The handlers of a recipient that would receive the event. */
  find(key: EventKey, recipient: DeferredHandler): readonly Handler[] {
    return this.#registry
      .find(key)
      .entries.filter((handler) => handler.active && this.#byPlan.get(handler.plan) === recipient);
  }

  handlers(): Iterable<Handler> {
    return this.#registry.handlers();
  }

  clear(): void {
    this.version += 1;
    this.#routes.clear();
    this.#registry.clear();
  }

  #known(key: EventKey): DeferredHandler[] {
    const recipients = [...this.#recipients.values()].flatMap((named) => [
      ...new Set(named.values()),
    ]);
    for (let step: unknown = key; ; step = Object.getPrototypeOf(step)) {
      const found = recipients.filter(({ events }) => events.has(step as EventKey));
      if (found.length > 0 || typeof step !== 'function') return found;
    }
  }

  /** Several events of one method are one recipient. */
  #twin(
    named: Map<string, DeferredHandler>,
    id: string,
    plan: HandlerPlan,
    isDurable: boolean,
  ): DeferredHandler | undefined {
    const twin = named.get(id);
    if (twin === undefined || twin.id !== id) return undefined;
    if (twin.plan.handlerClass === plan.handlerClass && twin.plan.method === plan.method)
      return twin;
    if (!isDurable) return undefined;
    throw new CarillonError(
      'CAR5005',
      `${handlerName(plan)} and ${handlerName(twin.plan)} are both "${id}" in queue "${plan.queue}". Give one of them an id of its own: @Deferred(…, { id: '…' }).`,
    );
  }
}

/** Where nothing is stored beyond the process, two classes of one name are told apart. */
function freeId(named: ReadonlyMap<string, DeferredHandler>, id: string): string {
  let free = id;
  for (let count = 2; named.get(free)?.id === free; count += 1) free = `${id}#${count}`;
  return free;
}

function isAlive(handlers: readonly Handler[]): boolean {
  for (const handler of handlers) if (handler.active) return true;
  return false;
}

const WEEK = 7 * 24 * 3_600_000;

/** What a queue says for all of its handlers. */
export interface HandlerDefaults extends WorkOptions {
  readonly durable: boolean;
  readonly clock: Clock;
}

/** Shared by the instances of a class; it goes on existing while there is none. */
export class DeferredHandler {
  readonly events = new Set<EventKey>();
  readonly retry: RetryPolicy;
  /** The most times that a message may be given out. */
  readonly maxAttempts: number;
  readonly timeout: number | undefined;
  readonly breaker: CircuitBreaker | undefined;
  /** How long it is remembered what was done, in milliseconds; `undefined` where it is not. */
  readonly inboxWindow: number | undefined;
  /** Whether a run is nothing but a call. */
  readonly plain: boolean;
  /** For the backend that keeps its messages; nobody else reads it. */
  cache: unknown = undefined;
  #key: EventKey | undefined;
  #handlers: readonly Handler[] = [];
  #version = -1;

  constructor(
    readonly queue: string,
    readonly id: string,
    readonly plan: HandlerPlan,
    private readonly deferredHandlers: {
      readonly version: number;
      find(key: EventKey, recipient: DeferredHandler): readonly Handler[];
    },
    { durable, clock, ...defaults }: HandlerDefaults,
  ) {
    const own: WorkOptions & StableName = plan.options;
    this.retry = new RetryPolicy(own, defaults, durable ? 3 : 1);
    this.maxAttempts = this.retry.maxAttempts;
    this.timeout = own.timeout ?? defaults.timeout;
    const breaker = own.breaker ?? defaults.breaker;
    this.breaker = breaker && new CircuitBreaker(breaker, clock);
    this.inboxWindow = windowOf(own.idempotent);
    this.plain =
      this.timeout === undefined && this.breaker === undefined && this.inboxWindow === undefined;
  }

  /** The instances that would receive the event; some of them may have ended. */
  handlersOf(key: EventKey): readonly Handler[] {
    if (this.#version !== this.deferredHandlers.version || this.#key !== key) {
      this.#handlers = this.deferredHandlers.find(key, this);
      this.#key = key;
      this.#version = this.deferredHandlers.version;
    }
    return this.#handlers;
  }
}

function windowOf(idempotent: StableName['idempotent']): number | undefined {
  if (typeof idempotent === 'object') return idempotent.window;
  return idempotent === true ? WEEK : undefined;
}
