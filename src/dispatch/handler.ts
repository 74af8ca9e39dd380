/** A handler: one method of one instance, subscribed to one event. */
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import type { HandlerRef } from '../../decorators/order-options.js';
import type { Verb } from '../../decorators/verb-options.js';
import { AbandonedError, HandlerError } from './errors.js';
import type { Run, Starter } from './run.js';
import type { HandlerOwner } from './runtime.js';

/** What a handler runs. */
export type HandlerFunction = (this: unknown, payload: unknown, delivery?: unknown) => unknown;

/** What all instances of a class share about one of their handlers. */
export interface HandlerPlan {
  readonly verb: Verb;
  readonly event: EventKey;
  /** The class that is wired; `undefined` for a plain function. */
  readonly handlerClass: object | undefined;
  readonly className: string;
  readonly method: string | symbol;
  readonly run: HandlerFunction;
  /** The plan of the class, where this one looks the method up at each call. */
  readonly declared: HandlerPlan | undefined;
  /** What was said at the declaration; each room reads what it knows. */
  readonly options: object;
  readonly priority: number;
  readonly before: readonly HandlerRef[];
  readonly after: readonly HandlerRef[];
  readonly once: boolean;
  /** Not called for the events of subclasses. */
  readonly exact: boolean;
  /** Asked before each call. */
  readonly when: ((payload: unknown) => unknown) | undefined;
  /** Gets what an emitter has kept, when it is wired. */
  readonly replay: boolean;
  /** A handler of the library's own, such as that of a `once()`: interceptors do not see it. */
  readonly internal: boolean;
  /** Declares a second parameter. */
  readonly takesDelivery: boolean;
  /** The queue of a deferred handler. */
  readonly queue: string | undefined;
  /** Runs the handler in another way than by calling it: as a task, later, in a scope of its own. */
  starter: Starter | undefined;
  /** Whether the method has been seen to be asynchronous: then each run is accounted for from its start. */
  asynchronous: boolean;
  /**
   * Whether a call takes the delivery and nothing else, and has returned no promise so far: then it has no run until something needs one.
   * `undefined` before the first call.
   */
  light: boolean | undefined;
  /** What a delivery calls: the method itself, or, where a call takes more than that, a function whose `this` is the handler. */
  invoke: HandlerFunction;
}

/** The list that a handler is in, as the handler sees it. */
export interface HandlerHolder {
  /** The handler has ended. */
  removed(handler: Handler): void;
  /** Something else is called for the handler. */
  changed(handler: Handler): void;
}

/** What is called of a handler that has ended. */
export const SILENT = (): void => undefined;

/** One small object per handler, and no closure. */
export class Handler {
  /** What a delivery calls. Replaced first when the handler ends, so that a delivery under way calls nothing. */
  invoke: HandlerFunction;
  /** The `this` of {@link invoke}. */
  receiver: unknown;
  list: HandlerHolder | undefined = undefined;
  /** Its place in the list. */
  index = 0;
  /** A run that has settled, for the next call. */
  spareRun: Run | undefined = undefined;
  /** Called once when the handler ends. */
  onEnd: (() => void) | undefined = undefined;
  /** When it was wired, on the clock of the application. */
  since: number;

  constructor(
    readonly plan: HandlerPlan,
    /** Let go when the handler ends, so that a list which still has it does not keep the instance. */
    public target: object | undefined,
    readonly owner: HandlerOwner,
    /** Its place in the order of wiring. */
    readonly sequence: number,
  ) {
    // Those of one instance have one time, and get it from whoever wires them.
    this.since = target === undefined ? owner.runtime.clock.now() : 0;
    this.invoke = plan.invoke;
    this.receiver = plan.invoke === plan.run ? target : this;
  }

  get active(): boolean {
    return this.invoke !== SILENT;
  }

  /** Unsubscribes; a second call does nothing. */
  end(): void {
    this.silence();
    this.finish();
  }

  /** The first half of its end: nothing calls it any more, and no code of the program has run. */
  silence(): void {
    if (!this.active) return;
    this.retire();
    this.list?.removed(this);
  }

  /** The second half, once all that ends together has fallen silent: its last action may run code of the program. */
  finish(): void {
    const { onEnd } = this;
    this.onEnd = undefined;
    onEnd?.();
  }

  /** From now on something else is called for it. */
  invokeBy(invoke: HandlerFunction): void {
    this.invoke = invoke;
    this.receiver = this;
    this.list?.changed(this);
  }

  /** Silences it together with its whole list. */
  retire(): void {
    this.invoke = SILENT;
    this.receiver = undefined;
    this.target = undefined;
    this.spareRun = undefined;
  }
}

/** `Class.method`, or the function's name. */
export function handlerName(plan: HandlerPlan): string {
  const method = String(plan.method);
  return plan.className === '' ? method : `${plan.className}.${method}`;
}

/** The name of the event that a handler was declared for. */
export function handlerEvent(plan: HandlerPlan): string {
  return eventName(plan.event);
}

/** What a handler threw, with its name and its event. */
export function handlerError({ plan, owner }: Handler, cause: unknown): HandlerError {
  const { className, method } = plan;
  return new HandlerError({
    className,
    method: String(method),
    event: handlerEvent(plan),
    scope: owner.name,
    cause,
  });
}

/** The end of its scope left the handler behind. */
export function abandonedError({ plan, owner }: Handler): AbandonedError {
  const { className, method } = plan;
  return new AbandonedError({
    className,
    method: String(method),
    event: handlerEvent(plan),
    scope: owner.name,
  });
}
