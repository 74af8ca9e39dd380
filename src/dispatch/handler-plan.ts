/** What a class declares, read once and kept: one plan per handler, found on the whole prototype chain. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { checkHandler, type HandlerDeclaration, ownDeclarations, queueOf } from '../../decorators/declaration.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-name.js';
import { type HandlerRef, handlerRefs, type OrderOptions } from '../../decorators/order-options.js';
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

/**
 * The plan of a plain function, as `on` and `subscribe` take it.
 *
 * @throws CarillonError `CAR1004`, `CAR1005`, `CAR1007` as the decorators do, `CAR4005` for what is no function
 */
export function functionPlan(
  verb: HandlerPlan['verb'],
  event: EventKey,
  run: (payload: never) => unknown,
  options: OrderOptions = {},
): HandlerPlan {
  const place = `A handler of ${verb.toLowerCase()}()`;
  checkHandler(verb, place, event, options);
  if (typeof run !== 'function') {
    throw new CarillonError('CAR4005', `${place} for ${eventName(event)} is no function: ${typeof run}. Give a function.`);
  }
  return {
    verb,
    event,
    handlerClass: undefined,
    className: '',
    method: run.name === '' ? '(anonymous function)' : run.name,
    run: run as HandlerFunction,
    options,
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
    options,
    priority: options.priority ?? 0,
    before: knownRefs(declaration, handlerClass, options.before),
    after: knownRefs(declaration, handlerClass, options.after),
    once: verb === 'Once',
    queue: queueOf(declaration),
    asynchronous: run instanceof AsyncFunction,
  };
}

/** A method that is misspelt would be a constraint that nobody keeps. */
function knownRefs(
  { verb, method }: HandlerDeclaration,
  handlerClass: { readonly name: string },
  given: OrderOptions['before'],
): readonly HandlerRef[] {
  const refs = handlerRefs(given);
  for (const ref of refs) {
    if (typeof ref === 'function' || typeof Reflect.get(ref[0].prototype, ref[1]) === 'function') continue;
    throw new CarillonError(
      'CAR1007',
      `@${verb} on ${handlerClass.name}.${String(method)} has a before or after that names ${ref[0].name}.${String(ref[1])}, which is no method. Mend its name.`,
    );
  }
  return refs;
}
