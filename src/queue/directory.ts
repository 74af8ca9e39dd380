/** Which handlers an application has for what is deferred, and what stored messages call them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { StableName } from '../../decorators/work-options.js';
import { Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import type { HandlerOwner } from '../dispatch/handler-owner.js';
import { Registry } from '../dispatch/registry.js';
import { Target, type TargetDefaults } from './target.js';

/** Handlers that have ended are known on: their messages wait for the next instance. */
export class Directory {
  /** Grows when a handler comes. */
  version = 0;
  readonly #registry = new Registry();
  readonly #targets = new Map<string, Map<string, Target>>();
  readonly #byPlan = new WeakMap<HandlerPlan, Target>();
  readonly #routes = new Map<EventKey, readonly Target[]>();
  readonly #defaultsOf: (queue: string) => TargetDefaults;

  constructor(defaultsOf: (queue: string) => TargetDefaults) {
    this.#defaultsOf = defaultsOf;
  }

  /** @throws CarillonError `CAR5005` when another class has the id in a durable queue */
  add(plan: HandlerPlan, owner: HandlerOwner, instance: object | undefined): { handler: Handler; target: Target } {
    const target = this.#byPlan.get(plan) ?? this.know(plan);
    const handler = new Handler(plan, instance, owner, owner.runtime.nextSequence());
    this.#registry.add(handler);
    this.version += 1;
    this.#routes.clear();
    return { handler, target };
  }

  /** Makes the handler's messages wait for an instance of it. */
  know(plan: HandlerPlan): Target {
    const queue = plan.queue as string;
    const named = this.#targets.get(queue) ?? new Map<string, Target>();
    this.#targets.set(queue, named);
    const defaults = this.#defaultsOf(queue);
    const { id = handlerName(plan), formerly = [] } = plan.options as StableName;
    const target = this.#twin(named, id, plan, defaults.durable) ?? new Target(queue, freeId(named, id), plan, this, defaults);
    target.events.add(plan.event);
    named.set(target.id, target);
    for (const name of formerly) if (!named.has(name)) named.set(name, target);
    this.#byPlan.set(plan, target);
    this.#routes.clear();
    return target;
  }

  /** For whom a message is: those that live, or, where none does, those that would have received it. */
  route(key: EventKey): readonly Target[] {
    const known = this.#routes.get(key);
    if (known !== undefined && known.length > 0 && known.every((target) => isAlive(target.handlersOf(key)))) return known;
    const living = new Set<Target>();
    for (const handler of this.#registry.find(key).entries) {
      if (handler.active) living.add(this.#byPlan.get(handler.plan) as Target);
    }
    const route = living.size > 0 ? [...living] : this.#known(key);
    this.#routes.set(key, route);
    return route;
  }

  /** The handler that stored messages call so, now or formerly. */
  named(queue: string, id: string): Target | undefined {
    return this.#targets.get(queue)?.get(id);
  }

  /** Whether the queue has a handler, living or not. */
  serves(queue: string): boolean {
    return this.#targets.has(queue);
  }

  /** Whether the queue has a living handler. */
  isAlive(queue: string): boolean {
    for (const handler of this.#registry.handlers()) if (handler.plan.queue === queue) return true;
    return false;
  }

  /** The handlers of a target that would receive the event. */
  find(key: EventKey, target: Target): readonly Handler[] {
    return this.#registry.find(key).entries.filter((handler) => handler.active && this.#byPlan.get(handler.plan) === target);
  }

  handlers(): Iterable<Handler> {
    return this.#registry.handlers();
  }

  clear(): void {
    this.version += 1;
    this.#routes.clear();
    this.#registry.clear();
  }

  #known(key: EventKey): Target[] {
    const targets = [...this.#targets.values()].flatMap((named) => [...new Set(named.values())]);
    for (let step: unknown = key; ; step = Object.getPrototypeOf(step)) {
      const found = targets.filter(({ events }) => events.has(step as EventKey));
      if (found.length > 0 || typeof step !== 'function') return found;
    }
  }

  /** Several events of one method are one target. */
  #twin(named: Map<string, Target>, id: string, plan: HandlerPlan, isDurable: boolean): Target | undefined {
    const twin = named.get(id);
    if (twin === undefined || twin.id !== id) return undefined;
    if (twin.plan.handlerClass === plan.handlerClass && twin.plan.method === plan.method) return twin;
    if (!isDurable) return undefined;
    throw new CarillonError(
      'CAR5005',
      `${handlerName(plan)} and ${handlerName(twin.plan)} are both "${id}" in queue "${plan.queue}". Give one of them an id of its own: @Deferred(…, { id: '…' }).`,
    );
  }
}

/** Where nothing is stored beyond the process, two classes of one name are told apart. */
function freeId(named: ReadonlyMap<string, Target>, id: string): string {
  let free = id;
  for (let count = 2; named.get(free)?.id === free; count += 1) free = `${id}#${count}`;
  return free;
}

function isAlive(handlers: readonly Handler[]): boolean {
  for (const handler of handlers) if (handler.active) return true;
  return false;
}
