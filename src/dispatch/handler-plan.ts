/** What a class declares, read once and kept: one plan per handler, found on the whole prototype chain. */
import { type HandlerDeclaration, handlerRefs, ownDeclarations } from '../../decorators/declaration.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { OrderOptions } from '../../decorators/declaration.js';
import type { HandlerFunction, HandlerPlan } from './handler.js';

const NONE: readonly HandlerPlan[] = [];
const AsyncFunction = (async () => undefined).constructor;

/** Plans by prototype; one per application, so that nothing is shared between two. */
export class PlanCache {
  readonly #plans = new WeakMap<object, readonly HandlerPlan[]>();

  /** The plans of the value's class, bases first; empty for what has none. */
  of(value: unknown): readonly HandlerPlan[] {
    if (typeof value !== 'object' || value === null) return NONE;
    return this.ofPrototype(Object.getPrototypeOf(value));
  }

  /** The plans of a class, given by its prototype. */
  ofPrototype(prototype: object | null): readonly HandlerPlan[] {
    if (prototype === null || prototype === Object.prototype) return NONE;
    let plans = this.#plans.get(prototype);
    if (plans === undefined) {
      plans = readPlans(prototype);
      this.#plans.set(prototype, plans);
    }
    return plans;
  }
}

/** The plan of a plain function, as `on` and `subscribe` take it. */
export function functionPlan(
  verb: HandlerPlan['verb'],
  event: EventKey,
  run: (payload: never) => unknown,
  options: OrderOptions = {},
): HandlerPlan {
  return {
    verb,
    event,
    handlerClass: undefined,
    className: '',
    method: run.name === '' ? '(anonymous function)' : run.name,
    run: run as HandlerFunction,
    priority: options.priority ?? 0,
    before: handlerRefs(options.before),
    after: handlerRefs(options.after),
    once: verb === 'Once',
    queue: undefined,
    asynchronous: run instanceof AsyncFunction,
  };
}

function readPlans(prototype: object): readonly HandlerPlan[] {
  const declarations = effectiveDeclarations(prototype);
  if (declarations.length === 0) return NONE;
  return declarations.map((declaration) => methodPlan(prototype, declaration));
}

/** Bases first; a class that decorates a method again replaces what its bases said of it, in their place. */
function effectiveDeclarations(prototype: object): HandlerDeclaration[] {
  const chain: object[] = [];
  for (let step: object | null = prototype; step !== null; step = Object.getPrototypeOf(step)) chain.unshift(step);
  const byMethod = new Map<string | symbol, HandlerDeclaration[]>();
  for (const step of chain) {
    const own = new Map<string | symbol, HandlerDeclaration[]>();
    for (const declaration of ownDeclarations(step)) {
      own.set(declaration.method, [...(own.get(declaration.method) ?? []), declaration]);
    }
    for (const [method, declarations] of own) byMethod.set(method, declarations);
  }
  return [...byMethod.values()].flat();
}

function methodPlan(prototype: object, declaration: HandlerDeclaration): HandlerPlan {
  const { verb, event, method, options } = declaration;
  const run = Reflect.get(prototype, method) as HandlerFunction;
  const handlerClass = prototype.constructor;
  return {
    verb,
    event,
    handlerClass,
    className: handlerClass.name === '' ? '(anonymous class)' : handlerClass.name,
    method,
    run,
    priority: options.priority ?? 0,
    before: handlerRefs(options.before),
    after: handlerRefs(options.after),
    once: verb === 'Once',
    queue: verb === 'Deferred' ? (options.queue ?? 'default') : undefined,
    asynchronous: run instanceof AsyncFunction,
  };
}
