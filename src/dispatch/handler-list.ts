/** The handlers of one event, in order. A delivery under way keeps the arrays it began with. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { HandlerRef } from '../../decorators/order-options.js';
import { type Handler, type HandlerHolder, handlerEvent, handlerName, SILENT } from './handler.js';

/** Told when a list has let go of handlers that ended. */
export interface ListHolder {
  swept(list: HandlerList): void;
}

/** What was replaced while it may have been walked: who ends must fall silent there too. */
interface Replaced {
  readonly entries: readonly Handler[];
  readonly calls: unknown[];
}

// Of all lists that have nobody. Never written to: the first handler brings arrays of its own.
const NO_ENTRIES: Handler[] = [];
const NO_CALLS: unknown[] = [];

/** Adding keeps E1's order; removing costs the same however many there are. */
export class HandlerList implements HandlerHolder {
  entries: Handler[] = NO_ENTRIES;
  /**
   * For each of the entries what is called and its `this`, side by side: walking them reads half as much memory as walking the handlers.
   * Who ends is replaced in place, so that a delivery under way does not call it.
   */
  calls: unknown[] = NO_CALLS;
  /** The next in its registry's chain. */
  next: HandlerList | undefined = undefined;
  /** Whether one of them needs to know more than the payload. */
  needsContext = false;
  /** Whether one of them does not hear subclasses. */
  exact = false;
  /** Its number among the lists of the application; 0 for one that no emitter keeps. */
  id = 0;
  #ended = 0;
  #constrained = false;
  #replaced: Replaced[] | undefined;

  constructor(
    readonly key: EventKey,
    readonly holder: ListHolder | undefined,
  ) {}

  /** @throws CarillonError `CAR4003` when `before` and `after` make a circle; the handler is not added then. */
  add(handler: Handler): void {
    const { plan } = handler;
    const constrained = this.#constrained || plan.before.length + plan.after.length > 0;
    if (constrained) this.#replace(inOrder([...this.entries.filter(isActive), handler]));
    else this.#insert(handler);
    this.#constrained = constrained;
    if (plan.takesDelivery) this.needsContext = true;
    if (plan.exact) this.exact = true;
    handler.list = this;
  }

  /** Holds what other lists own, and asks each of them at the call. */
  borrow(handlers: Handler[]): void {
    this.entries = handlers;
    this.calls = handlers.flatMap((handler) => [callHandler, handler]);
  }

  /** One of the handlers has ended: the arrays are swept when half of it has. */
  removed(handler: Handler): void {
    this.#silence(handler);
    this.#ended += 1;
    if (this.#ended * 2 <= this.entries.length) return;
    if (this.#ended === this.entries.length) this.#forgetAll();
    else this.#replace(this.entries.filter(isActive));
    this.holder?.swept(this);
  }

  /** Something else is called for one of the handlers. */
  changed({ index, invoke, receiver }: Handler): void {
    this.calls[2 * index] = invoke;
    this.calls[2 * index + 1] = receiver;
  }

  /** Silences them all; those that have a last action are added to the ones that have to finish. */
  silenceAll(unfinished: Handler[]): void {
    for (const handler of this.entries) {
      if (!handler.active) continue;
      handler.retire();
      this.#silence(handler);
      if (handler.onEnd !== undefined) unfinished.push(handler);
    }
  }

  /** All have ended, and with them what they asked for. */
  #forgetAll(): void {
    this.entries = NO_ENTRIES;
    this.calls = NO_CALLS;
    this.#ended = 0;
    this.needsContext = false;
    this.exact = false;
    this.#constrained = false;
  }

  #silence(handler: Handler): void {
    this.changed(handler);
    if (this.#replaced === undefined) return;
    if (handler.owner.runtime.depth === 0) this.#replaced = undefined;
    else for (const { entries, calls } of this.#replaced) silence(calls, entries.indexOf(handler));
  }

  #insert(handler: Handler): void {
    const { calls, entries } = this;
    let place = entries.length;
    while (place > 0 && comesBefore(handler, entries[place - 1] as Handler)) place -= 1;
    if (place < entries.length) {
      this.#replace([...entries.slice(0, place), handler, ...entries.slice(place)]);
      return;
    }
    handler.index = place;
    if (place === 0) {
      // Most lists have one handler or two: a push would make room for many.
      this.entries = [handler];
      this.calls = [handler.invoke, handler.receiver];
      return;
    }
    const { invoke, receiver } = handler;
    if (place === 1) {
      // A delivery under way has called the first one already.
      this.entries = [entries[0] as Handler, handler];
      this.calls = [calls[0], calls[1], invoke, receiver];
      return;
    }
    // A delivery under way has read the length already.
    entries.push(handler);
    calls.push(invoke, receiver);
  }

  #replace(entries: Handler[]): void {
    const { calls, entries: before } = this;
    // Where none is left, all have fallen silent already.
    if (entries[0] !== undefined && entries[0].owner.runtime.depth > 0) {
      this.#replaced ??= [];
      this.#replaced.push({ entries: before, calls });
    }
    this.entries = entries;
    this.calls = entries.flatMap(({ invoke, receiver }) => [invoke, receiver]);
    this.#ended = entries.reduce((ended, handler, index) => {
      handler.index = index;
      return handler.active ? ended : ended + 1;
    }, 0);
  }
}

function callHandler(this: Handler, payload: unknown): unknown {
  return this.invoke.call(this.receiver, payload);
}

function silence(calls: unknown[], index: number): void {
  if (index < 0) return;
  calls[2 * index] = SILENT;
  calls[2 * index + 1] = undefined;
}

function isActive(handler: Handler): boolean {
  return handler.active;
}

/**
 * Sorts by priority and order of wiring, and moves a handler back only as far as `before` and `after` ask (Kahn's algorithm,
 * always taking the first that nothing holds back).
 *
 * @throws CarillonError `CAR4003` when the constraints make a circle
 */
export function inOrder(handlers: readonly Handler[]): Handler[] {
  const sorted = [...handlers].sort(
    (a, b) => b.plan.priority - a.plan.priority || a.sequence - b.sequence,
  );
  if (!sorted.some(({ plan }) => plan.before.length + plan.after.length > 0)) return sorted;
  const waitsFor = new Map(sorted.map((handler) => [handler, new Set<Handler>()]));
  let constrained = false;
  for (const handler of sorted) {
    for (const other of sorted) {
      if (other === handler) continue;
      const after = handler.plan.after.some((ref) => names(ref, other));
      const before = handler.plan.before.some((ref) => names(ref, other));
      if (after) waitsFor.get(handler)?.add(other);
      if (before) waitsFor.get(other)?.add(handler);
      constrained ||= after || before;
    }
  }
  return constrained ? released(sorted, waitsFor) : sorted;
}

/** Whether a handler that is wired last runs before another all the same. */
export function comesBefore(handler: Handler, other: Handler): boolean {
  return handler.plan.priority > other.plan.priority;
}

function names(ref: HandlerRef, handler: Handler): boolean {
  const [owner, method] = Array.isArray(ref) ? ref : [ref, undefined];
  const { handlerClass } = handler.plan;
  if (handlerClass === undefined || (handlerClass !== owner && !isSubclass(handlerClass, owner)))
    return false;
  return method === undefined || method === handler.plan.method;
}

function isSubclass(derived: object, base: unknown): boolean {
  return typeof base === 'function' && Object.prototype.isPrototypeOf.call(base, derived);
}

function released(sorted: readonly Handler[], waitsFor: Map<Handler, Set<Handler>>): Handler[] {
  const result: Handler[] = [];
  const left = new Set(sorted);
  while (left.size > 0) {
    let next: Handler | undefined;
    for (const handler of left) {
      if ([...(waitsFor.get(handler) ?? [])].every((other) => !left.has(other))) {
        next = handler;
        break;
      }
    }
    if (next === undefined) throw circle(left, waitsFor);
    left.delete(next);
    result.push(next);
  }
  return result;
}

function circle(left: Set<Handler>, waitsFor: Map<Handler, Set<Handler>>): CarillonError {
  const path: Handler[] = [];
  let step = left.values().next().value as Handler;
  while (!path.includes(step)) {
    path.push(step);
    step = [...(waitsFor.get(step) ?? [])].find((other) => left.has(other)) as Handler;
  }
  const names = [...path.slice(path.indexOf(step)), step]
    .map((handler) => handlerName(handler.plan))
    .reverse();
  return new CarillonError(
    'CAR4003',
    `The handlers of ${handlerEvent(step.plan)} cannot be ordered: ${names.join(' before ')}. Drop one "before" or "after" of this circle.`,
  );
}
