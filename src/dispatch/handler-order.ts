/** The order of handlers: priority, then wiring, bent by `before` and `after`. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { HandlerRef } from '../../decorators/order-options.js';
import { type Handler, handlerEvent, handlerName } from './handler.js';

/**
 * Sorts by priority and order of wiring, and moves a handler back only as far as `before` and `after` ask (Kahn's algorithm,
 * always taking the first that nothing holds back).
 *
 * @throws CarillonError `CAR4003` when the constraints make a circle
 */
export function inOrder(handlers: readonly Handler[]): Handler[] {
  const sorted = [...handlers].sort((a, b) => b.plan.priority - a.plan.priority || a.sequence - b.sequence);
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
  if (handlerClass === undefined || (handlerClass !== owner && !isSubclass(handlerClass, owner))) return false;
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
  const names = [...path.slice(path.indexOf(step)), step].map((handler) => handlerName(handler.plan)).reverse();
  return new CarillonError(
    'CAR4003',
    `The handlers of ${handlerEvent(step.plan)} cannot be ordered: ${names.join(' before ')}. Drop one "before" or "after" of this circle.`,
  );
}
