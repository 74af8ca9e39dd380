/** What a class declares, read once and kept: one plan per handler, found on the whole prototype chain. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { refuseFault } from '../../decorators/check-options.js';
import {
  checkEvent,
  type HandlerDeclaration,
  mayDeclare,
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
import { invokeOf } from './start-handler.js';

const NONE: readonly HandlerPlan[] = [];
const NO_DECLARATIONS: readonly (readonly HandlerDeclaration[])[] = [];
/** Of what says nothing of how it is run. */
export const NO_OPTIONS: DeclaredOptions = {};

const NO_REFS: HandlerPlan['before'] = [];
const AsyncFunction = /* @__PURE__ */ (() => (async () => undefined).constructor)();

/** How the methods of handlers are found. */
export interface BindingOptions {
  /**
   * Looks the method of a handler up at each call, so that a spy which a test sets on a wired instance is called. For tests: each call takes
   * longer. Default `false`: what an instance has when it is wired is called from then on.
   */
  readonly lateBinding?: boolean | undefined;
}

/** Plans by prototype; one per application, so that nothing is shared between two. */
export class PlanCache {
  readonly #runtime: Runtime;
  readonly #isLate: boolean;
  readonly #plans = new WeakMap<object, readonly HandlerPlan[]>();
  readonly #latePlans = new WeakMap<HandlerPlan, HandlerPlan>();

  constructor(runtime: Runtime, { lateBinding = false }: BindingOptions = {}) {
    this.#runtime = runtime;
    this.#isLate = lateBinding;
  }

  /** The plans of the value's class, bases first; empty for what has none, and for what is built for each event. */
  of(value: unknown): readonly HandlerPlan[] {
    if (typeof value !== 'object' || value === null) return NONE;
    return this.ofPrototype(Object.getPrototypeOf(value));
  }

  /** The plans of a class, given by its prototype. */
  ofPrototype(prototype: object | null): readonly HandlerPlan[] {
    if (prototype === null || prototype === Object.prototype) return NONE;
    const plans = this.#read(prototype);
    // Nearly every class has none, and need not be asked.
    return plans.length > 0 && isActivated(prototype.constructor) ? NONE : plans;
  }

  /** The plans of a class that is built for each event, given by its prototype; empty for any other. */
  activated(prototype: object | null): readonly HandlerPlan[] {
    return isActivated(prototype?.constructor) ? this.#read(prototype as object) : NONE;
  }

  /** Whether it has any, asked of many classes: that a class declares nothing is found sooner than that it has no mark. */
  areActivated(prototype: object | undefined): boolean {
    if (prototype === undefined || this.#read(prototype).length === 0) return false;
    return isActivated(prototype.constructor);
  }

  /** The plan for one instance: another one where its method is not the one of its class, as with a proxy or a spy. */
  boundTo(instance: object, plan: HandlerPlan): HandlerPlan {
    const { declared, method, run } = plan;
    if (declared !== undefined || (instance as Methods)[method] === run) return plan;
    let late = this.#latePlans.get(plan);
    if (late === undefined) {
      late = latePlan(plan);
      this.#latePlans.set(plan, late);
    }
    return late;
  }

  #read(prototype: object): readonly HandlerPlan[] {
    if (!mayDeclare(prototype)) return NONE;
    let plans = this.#plans.get(prototype);
    if (plans === undefined) {
      plans = readPlans(prototype, this.#runtime);
      // What is built for each event is not there yet.
      if (plans.length > 0 && (this.#isLate || isActivated(prototype.constructor)))
        plans = plans.map(latePlan);
      this.#plans.set(prototype, plans);
    }
    return plans;
  }
}

/**
 * The plan of a plain function, as `on` and `subscribe` take it.
 *
 * @param subjects the options that the caller takes; those of the scheduler are checked by who adapts the plan
 * @throws CarillonError `CAR1004`, `CAR1005`, `CAR1007` as the decorators do, `CAR4005` for something that is not a function
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
      `${place} for ${eventName(event)} is ${run === null ? 'null' : typeof run}, not a function. Give a function, such as (event) => service.handle(event).`,
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
  declare readonly declared: undefined;
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
    this.invoke = invokeOf(this, runtime);
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
  const chain = chainDeclarations(prototype);
  if (chain.length === 0) return NONE;
  return effectiveDeclarations(chain).map((declaration) =>
    methodPlan(prototype, declaration, runtime),
  );
}

/** Bases first; a class that decorates a method again replaces what its bases said of it, in their place. */
function effectiveDeclarations(
  chain: readonly (readonly HandlerDeclaration[])[],
): HandlerDeclaration[] {
  const byMethod = new Map<string | symbol, HandlerDeclaration[]>();
  for (const declarations of chain) {
    const own = new Map<string | symbol, HandlerDeclaration[]>();
    for (const declaration of declarations)
      own.set(declaration.method, [...(own.get(declaration.method) ?? []), declaration]);
    for (const [method, ofMethod] of own) byMethod.set(method, ofMethod);
  }
  return [...byMethod.values()].flat();
}

/** What each class of the chain declares itself, the base first; nothing for those that declare nothing. */
function chainDeclarations(prototype: object): readonly (readonly HandlerDeclaration[])[] {
  let chain = NO_DECLARATIONS;
  let step: object | null = prototype;
  // Nothing can be declared at the end of nearly every chain, which has more methods than most of what comes before.
  while (step !== null && step !== Object.prototype) {
    const own = ownDeclarations(step);
    if (own.length > 0) chain = [own, ...chain];
    step = Object.getPrototypeOf(step);
  }
  return chain;
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
    declared: undefined,
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
  plan.invoke = invokeOf(plan, runtime);
  return plan;
}

interface Methods {
  readonly [method: string | symbol]: unknown;
}

/** Calls what the instance has under the method's name then. How the method is run, its declaration says. */
function latePlan(plan: HandlerPlan): HandlerPlan {
  const { invoke, method, run: original } = plan;
  const run: HandlerFunction = function (...args) {
    const own = (this as Methods)[method];
    return Reflect.apply(typeof own === 'function' ? own : original, this, args);
  };
  return { ...plan, run, invoke: invoke === original ? run : invoke, declared: plan };
}

/** What the first call will tell, where it can tell anything. */
function mayBeLight({ asynchronous, takesDelivery }: HandlerPlan): false | undefined {
  return takesDelivery && !asynchronous ? undefined : false;
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
      `@${verb} on ${handlerClass.name}.${String(method)} has a before or after that names ${ref[0].name}.${String(ref[1])}, which is not a method. Correct the name.`,
    );
  }
}
