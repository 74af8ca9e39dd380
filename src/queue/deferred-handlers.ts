/** The `@Deferred` handlers of an application, and the ids by which stored messages name them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { milliseconds } from '../../decorators/duration.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { eventTypeOf } from '../../decorators/event-type.js';
import type { StableName, WorkOptions } from '../../decorators/work-options.js';
import type { Clock } from '../dispatch/clock.js';
import { Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import { Registry } from '../dispatch/registry.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { DURABLE_ATTEMPTS, RetryPolicy } from './retry-policy.js';

/** How long an idempotent handler's messages are remembered, in milliseconds: a week. */
const INBOX_WINDOW = 7 * 24 * 3_600_000;

/** Handlers stay known after their end: their messages wait for the next instance. */
export class DeferredHandlers implements HandlerLookup {
  version = 0;
  readonly #registry = new Registry();
  /** By queue, then by id; an earlier id leads to the same handler. */
  readonly #byQueue = new Map<string, Map<string, DeferredHandler>>();
  readonly #byPlan = new WeakMap<HandlerPlan, DeferredHandler>();
  readonly #recipients = new Map<EventKey, readonly DeferredHandler[]>();
  readonly #defaultsOf: (queue: string) => HandlerDefaults;

  constructor(defaultsOf: (queue: string) => HandlerDefaults) {
    this.#defaultsOf = defaultsOf;
  }

  /** @throws CarillonError `CAR5005` when another handler has the id, or had it earlier, in a queue that is stored */
  add(plan: HandlerPlan, owner: HandlerOwner, instance: object | undefined): Handler {
    if (!this.#byPlan.has(plan)) this.#define(plan);
    const handler = new Handler(plan, instance, owner, owner.runtime.nextSequence());
    this.#registry.add(handler);
    this.version += 1;
    this.#recipients.clear();
    return handler;
  }

  /** Who gets a message of the event: the handlers that live, or else those that lived. */
  recipientsOf(key: EventKey): readonly DeferredHandler[] {
    const known = this.#recipients.get(key);
    if (
      known !== undefined &&
      known.length > 0 &&
      known.every((recipient) => recipient.handlersOf(key).some(isActive))
    )
      return known;
    const living = new Set<DeferredHandler>();
    for (const handler of this.#registry.find(key).entries) {
      if (handler.active) living.add(this.#byPlan.get(handler.plan) as DeferredHandler);
    }
    const recipients = living.size > 0 ? [...living] : this.#formerRecipients(key);
    this.#recipients.set(key, recipients);
    return recipients;
  }

  /** {@link recipientsOf} in one queue. */
  recipientsIn(queue: string, key: EventKey): readonly DeferredHandler[] {
    return this.recipientsOf(key).filter((recipient) => recipient.queue === queue);
  }

  /** The handler that has the id, or had it earlier. */
  byId(queue: string, id: string): DeferredHandler | undefined {
    return this.#byQueue.get(queue)?.get(id);
  }

  /** Whether the queue has a handler, living or not. */
  serves(queue: string): boolean {
    return this.#byQueue.has(queue);
  }

  /** The handlers of the queue, living or not. */
  of(queue: string): Iterable<DeferredHandler> {
    return this.#byQueue.get(queue)?.values() ?? [];
  }

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
    this.#recipients.clear();
    this.#registry.clear();
  }

  #define(plan: HandlerPlan): void {
    const queue = plan.queue as string;
    const byId = this.#byQueue.get(queue) ?? new Map<string, DeferredHandler>();
    this.#byQueue.set(queue, byId);
    const defaults = this.#defaultsOf(queue);
    const { id = defaultId(plan), previousIds = [] } = plan.options as StableName;
    const known = byId.get(id);
    const isOwn = known?.id === id && isSameMethod(known.plan, plan);
    if (defaults.stored) refuseShared(plan, [id, ...previousIds], byId);
    const recipient = isOwn
      ? known
      : new DeferredHandler({ queue, id: freeId(byId, id), plan, lookup: this, defaults });
    recipient.events.add(plan.event);
    byId.set(recipient.id, recipient);
    for (const previousId of previousIds)
      if (!byId.has(previousId)) byId.set(previousId, recipient);
    this.#byPlan.set(plan, recipient);
  }

  /** The handlers of the event, or else of the nearest of its base classes that has one. */
  #formerRecipients(key: EventKey): DeferredHandler[] {
    const recipients = [...this.#byQueue.values()].flatMap((byId) => [...new Set(byId.values())]);
    for (let step: unknown = key; ; step = Object.getPrototypeOf(step)) {
      const found = recipients.filter(({ events }) => events.has(step as EventKey));
      if (found.length > 0 || typeof step !== 'function') return found;
    }
  }
}

/** One handler of one queue: shared by the instances of its class, it outlives them. */
export class DeferredHandler {
  readonly queue: string;
  readonly id: string;
  readonly plan: HandlerPlan;
  readonly events = new Set<EventKey>();
  readonly retry: RetryPolicy;
  /** How often a message may be given out. */
  readonly maxAttempts: number;
  /** In milliseconds. */
  readonly timeout: number | undefined;
  readonly breaker: CircuitBreaker | undefined;
  /** How long its messages are remembered, in milliseconds; `undefined` where they are not. */
  readonly inboxWindow: number | undefined;
  /** Whether handling a message takes no more than a call. */
  readonly plain: boolean;
  /** For the backend that keeps its messages; nobody else reads it. */
  cache: unknown = undefined;
  readonly #lookup: HandlerLookup;
  #key: EventKey | undefined;
  #handlers: readonly Handler[] = [];
  #version = -1;

  constructor({ queue, id, plan, lookup, defaults }: DeferredHandlerParts) {
    const own: WorkOptions & StableName = plan.options;
    this.queue = queue;
    this.id = id;
    this.plan = plan;
    this.#lookup = lookup;
    this.retry = new RetryPolicy(own, defaults, defaults.durable ? DURABLE_ATTEMPTS : 1);
    this.maxAttempts = this.retry.maxAttempts;
    this.timeout = limitOf(own.timeout ?? defaults.timeout);
    const breaker = own.breaker ?? defaults.breaker;
    this.breaker = breaker && new CircuitBreaker(breaker, defaults.clock);
    this.inboxWindow = windowOf(own.idempotent);
    this.plain =
      this.timeout === undefined && this.breaker === undefined && this.inboxWindow === undefined;
  }

  /** Whether it was declared for the event or for one of its base classes, by whatever instance. */
  takes(key: EventKey): boolean {
    for (let step: unknown = key; ; step = Object.getPrototypeOf(step)) {
      if (this.events.has(step as EventKey)) return true;
      if (typeof step !== 'function') return false;
    }
  }

  /** The instances that would receive the event; some of them may have ended. */
  handlersOf(key: EventKey): readonly Handler[] {
    if (this.#version !== this.#lookup.version || this.#key !== key) {
      this.#handlers = this.#lookup.find(key, this);
      this.#key = key;
      this.#version = this.#lookup.version;
    }
    return this.#handlers;
  }
}

/** What a queue says for all of its handlers. */
export interface HandlerDefaults extends WorkOptions {
  readonly durable: boolean;
  /** Whether messages name their handlers beyond this process, so that an id must be one handler's alone. */
  readonly stored: boolean;
  readonly clock: Clock;
}

/** Where a handler finds its living instances. */
interface HandlerLookup {
  /** Grows when a handler is added, and at the end. */
  readonly version: number;
  /** The living instances that would receive the event. */
  find(key: EventKey, recipient: DeferredHandler): readonly Handler[];
}

interface DeferredHandlerParts {
  readonly queue: string;
  readonly id: string;
  readonly plan: HandlerPlan;
  readonly lookup: HandlerLookup;
  readonly defaults: HandlerDefaults;
}

function isActive({ active }: Handler): boolean {
  return active;
}

/** One method may handle several events: it is one handler with one id. */
function isSameMethod(one: HandlerPlan, other: HandlerPlan): boolean {
  return one.handlerClass === other.handlerClass && one.method === other.method;
}

/** Of what no build tool renames: the name under which the event travels, and the method. Never of the class, which minifiers rename. */
function defaultId({ event, method }: HandlerPlan): string {
  return `${travellingName(event)}/${String(method)}`;
}

function travellingName(key: EventKey): string {
  const type = typeof key === 'function' ? eventTypeOf(key)?.name : undefined;
  return type ?? eventName(key);
}

/** A message under an id that two handlers have, or had, could be done by the wrong one. */
function refuseShared(
  plan: HandlerPlan,
  ids: readonly string[],
  byId: ReadonlyMap<string, DeferredHandler>,
): void {
  for (const id of ids) {
    const known = byId.get(id);
    if (known !== undefined && !isSameMethod(known.plan, plan)) throw sharedError(plan, known, id);
  }
}

function sharedError(plan: HandlerPlan, known: DeferredHandler, id: string): CarillonError {
  return new CarillonError(
    'CAR5005',
    `${handlerName(plan)} and ${handlerName(known.plan)} share the id "${id}" in queue "${plan.queue}". Give each an id of its own: @Deferred(…, { id: '…' }), and name an earlier id in previousIds of one of them only.`,
  );
}

/** In a queue that is not stored, several handlers of one event get different ids. */
function freeId(byId: ReadonlyMap<string, DeferredHandler>, id: string): string {
  let free = id;
  for (let count = 2; byId.get(free)?.id === free; count += 1) free = `${id}#${count}`;
  return free;
}

function windowOf(idempotent: StableName['idempotent']): number | undefined {
  if (typeof idempotent === 'object') return milliseconds(idempotent.window);
  return idempotent === true ? INBOX_WINDOW : undefined;
}

/** No limit is no timer. */
function limitOf(timeout: WorkOptions['timeout']): number | undefined {
  const limit = milliseconds(timeout);
  return Number.isFinite(limit) ? limit : undefined;
}
