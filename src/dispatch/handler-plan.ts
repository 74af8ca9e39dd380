/** What a class declares, read once and kept: one plan per handler, found on the whole prototype chain. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { refuseFault } from '../../decorators/check-options.js';
import {
  checkEvent,
  type HandlerDeclaration,
  ownDeclarations,
  queueOf,
} from '../../decorators/declaration.js';
import type { Delivery } from '../../decorators/delivery.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { isActivated } from '../../decorators/listener.js';
import { faultOf } from '../../decorators/option-subject.js';
import { handlerRefs, type OrderOptions } from '../../decorators/order-options.js';
import { SCHEDULER_OPTIONS } from '../../decorators/pacing-options.js';
import type { DeclaredOptions, Subjects } from '../../decorators/verb-options.js';
import type { HandlerFunction, HandlerPlan } from './handler.js';
import type { Starter } from './run.js';
import type { Runtime } from './runtime.js';
import { invokeHandler } from './start-handler.js';

const NONE: readonly HandlerPlan[] = [];
/** Of what says nothing of how it is run. */
export const NO_OPTIONS: DeclaredOptions = {};

const NO_REFS: HandlerPlan['before'] = [];
const AsyncFunction = /* @__PURE__ */ (() => (async () => undefined).constructor)();

/** Plans by prototype; one per application, so that nothing is shared between two. */
export class PlanCache {
  readonly #runtime: Runtime;
  readonly #plans = new WeakMap<object, readonly HandlerPlan[]>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The plans of the value's class, bases first; empty for what has none, and for what is built for each event. */
  of(value: unknown): readonly HandlerPlan[] {
    if (typeof value !== 'object' || value === null) return NONE;
    return this.ofPrototype(Object.getPrototypeOf(value));
  }

  /** The plans of a class, given by its prototype. */
  ofPrototype(prototype: object | null): readonly HandlerPlan[] {
    if (prototype === null || prototype === Object.prototype || isActivated(prototype.constructor))
      return NONE;
    return this.#read(prototype);
  }

  /** The plans of a class that is built for each event, given by its prototype; empty for any other. */
  activated(prototype: object | null): readonly HandlerPlan[] {
    return isActivated(prototype?.constructor) ? this.#read(prototype as object) : NONE;
  }

  #read(prototype: object): readonly HandlerPlan[] {
    let plans = this.#plans.get(prototype);
    if (plans === undefined) {
      plans = readPlans(prototype, this.#runtime);
      this.#plans.set(prototype, plans);
    }
    return plans;
  }
}

/**
 * The plan of a plain function, as `on` and `subscribe` take it.
 *
 * @param subjects the options that the caller takes; those of the scheduler are checked by who adapts the plan
 * @throws CarillonError `CAR1004`, `CAR1005`, `CAR1007` as the decorators do, `CAR4005` for what is no function
 */
export function functionPlan(
  runtime: Runtime,
  verb: HandlerPlan['verb'],
  event: EventKey,
  run: (payload: never, delivery: Delivery) => unknown,
  options: DeclaredOptions = NO_OPTIONS,
  subjects: Subjects = [],
): HandlerPlan {
  const place = functionPlace(verb);
  checkEvent(verb, place, event);
  if (options !== NO_OPTIONS)
    refuseFault('CAR1007', place, faultOf(subjects, options, SCHEDULER_OPTIONS));
  if (typeof run !== 'function') {
    throw new CarillonError(
      'CAR4005',
      `${place} for ${eventName(event)} is no function: ${typeof run}. Give a function.`,
    );
  }
  if (verb === 'On' && options === NO_OPTIONS)
    return new FunctionPlan(runtime, event, run as HandlerFunction);
  const name = { handlerClass: undefined, className: '', method: functionName(run) };
  return completePlan(
    runtime,
    { verb, event, method: name.method, options },
    name,
    run as HandlerFunction,
  );
}

function functionName({ name }: { readonly name: string }): string {
  return name === '' ? '(anonymous function)' : name;
}

/** The plan of `on(event, function)` without options. There may be many: what all of them have alike stands in the prototype. */
class FunctionPlan implements HandlerPlan {
  // Never set.
  declare readonly handlerClass: undefined;
  declare readonly when: undefined;
  declare readonly queue: undefined;
  readonly event: EventKey;
  readonly run: HandlerFunction;
  readonly takesDelivery: boolean;
  starter: Starter | undefined;
  asynchronous: boolean;
  light: boolean | undefined;
  invoke: HandlerFunction;

  constructor(runtime: Runtime, event: EventKey, run: HandlerFunction) {
    this.event = event;
    this.run = run;
    this.takesDelivery = run.length > 1;
    this.asynchronous = run instanceof AsyncFunction;
    this.light = mayBeLight(this);
    this.invoke = run;
    this.starter = runtime.adapt(this);
    if (isMore(this)) this.invoke = invokeHandler;
  }

  get verb() {
    return 'On' as const;
  }

  get className() {
    return '';
  }

  get method() {
    return functionName(this.run);
  }

  get options() {
    return NO_OPTIONS;
  }

  get priority() {
    return 0;
  }

  get before() {
    return NO_REFS;
  }

  get after() {
    return NO_REFS;
  }

  get once() {
    return false;
  }

  get exact() {
    return false;
  }

  get replay() {
    return false;
  }

  get internal() {
    return false;
  }
}

class InternalPlan extends FunctionPlan {
  override get internal() {
    return true;
  }
}

/** The plan of a handler of the library's own, for an event that has been checked: interceptors do not see it. */
export function internalPlan(runtime: Runtime, event: EventKey, run: HandlerFunction): HandlerPlan {
  return new InternalPlan(runtime, event, run);
}

/** What errors call such a handler. */
export function functionPlace(verb: HandlerPlan['verb']): string {
  return `A handler of ${verb.toLowerCase()}()`;
}

function readPlans(prototype: object, runtime: Runtime): readonly HandlerPlan[] {
  const declarations = effectiveDeclarations(prototype);
  if (declarations.length === 0) return NONE;
  return declarations.map((declaration) => methodPlan(prototype, declaration, runtime));
}

/** Bases first; a class that decorates a method again replaces what its bases said of it, in their place. */
function effectiveDeclarations(prototype: object): HandlerDeclaration[] {
  const chain: object[] = [];
  for (let step: object | null = prototype; step !== null; step = Object.getPrototypeOf(step))
    chain.unshift(step);
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

function methodPlan(
  prototype: object,
  declaration: HandlerDeclaration,
  runtime: Runtime,
): HandlerPlan {
  const { method, options } = declaration;
  const handlerClass = prototype.constructor;
  checkRefs(declaration, handlerClass, options.before);
  checkRefs(declaration, handlerClass, options.after);
  const className = handlerClass.name === '' ? '(anonymous class)' : handlerClass.name;
  return completePlan(
    runtime,
    declaration,
    { handlerClass, className, method },
    Reflect.get(prototype, method),
  );
}

function completePlan(
  runtime: Runtime,
  declaration: HandlerDeclaration,
  name: Pick<HandlerPlan, 'handlerClass' | 'className' | 'method'>,
  run: HandlerFunction,
): HandlerPlan {
  const { verb, event } = declaration;
  const options: DeclaredOptions = declaration.options;
  const plan: HandlerPlan = {
    // Not spread: V8 then makes a hidden class for each plan, which cost most of an on().
    handlerClass: name.handlerClass,
    className: name.className,
    method: name.method,
    verb,
    event,
    run,
    options,
    priority: options.priority ?? 0,
    before: handlerRefs(options.before),
    after: handlerRefs(options.after),
    once: verb === 'Once',
    exact: options.exact === true,
    when: options.when as HandlerPlan['when'],
    replay: options.replay === true,
    internal: false,
    takesDelivery: run.length > 1,
    queue: queueOf(declaration),
    starter: undefined,
    asynchronous: run instanceof AsyncFunction,
    light: false,
    invoke: run,
  };
  plan.light = mayBeLight(plan);
  plan.starter = runtime.adapt(plan);
  if (isMore(plan)) plan.invoke = invokeHandler;
  return plan;
}

/** What the first call will tell, where it can tell anything. */
function mayBeLight({ asynchronous, takesDelivery }: HandlerPlan): false | undefined {
  return takesDelivery && !asynchronous ? undefined : false;
}

/** Whether a call takes more than to call the function with the payload. */
function isMore({ asynchronous, once, starter, takesDelivery, when }: HandlerPlan): boolean {
  return once || asynchronous || takesDelivery || when !== undefined || starter !== undefined;
}

/** A method that is misspelt would be a constraint that nobody keeps. */
function checkRefs(
  { verb, method }: HandlerDeclaration,
  handlerClass: { readonly name: string },
  given: OrderOptions['before'],
): void {
  for (const ref of handlerRefs(given)) {
    if (typeof ref === 'function' || typeof Reflect.get(ref[0].prototype, ref[1]) === 'function')
      continue;
    throw new CarillonError(
      'CAR1007',
      `@${verb} on ${handlerClass.name}.${String(method)} has a before or after that names ${ref[0].name}.${String(ref[1])}, which is no method. Mend its name.`,
    );
  }
}
