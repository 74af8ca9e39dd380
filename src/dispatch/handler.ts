/** A handler: one method of one instance, subscribed to one event. */

import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-name.js';
import type { HandlerRef } from '../../decorators/order-options.js';
import type { Verb } from '../../decorators/verb-options.js';
import type { HandlerList } from './handler-list.js';
import type { HandlerOwner } from './handler-owner.js';

/** What a handler runs. */
export type HandlerFunction = (this: unknown, payload: unknown) => unknown;

/** What all instances of a class share about one of their handlers. */
export interface HandlerPlan {
  readonly verb: Verb;
  readonly event: EventKey;
  /** The class that is wired; `undefined` for a plain function. */
  readonly handlerClass: object | undefined;
  readonly className: string;
  readonly method: string | symbol;
  readonly run: HandlerFunction;
  /** What was said at the declaration; each room reads what it knows. */
  readonly options: object;
  readonly priority: number;
  readonly before: readonly HandlerRef[];
  readonly after: readonly HandlerRef[];
  readonly once: boolean;
  /** The queue of a deferred handler. */
  readonly queue: string | undefined;
  /** Whether the method has been seen to be asynchronous: then each run is accounted for from its start. */
  asynchronous: boolean;
}

/** One small object per handler, and no closure. */
export class Handler {
  /** Cleared first when the handler ends; a delivery under way looks at it before each call. */
  active = true;
  list: HandlerList | undefined;
  /** Called once when the handler ends. */
  onEnd: (() => void) | undefined = undefined;

  constructor(
    readonly plan: HandlerPlan,
    /** Let go when the handler ends, so that a list which still has it does not keep the instance. */
    public target: object | undefined,
    readonly owner: HandlerOwner,
    /** Its place in the order of wiring. */
    readonly sequence: number,
  ) {}

  /** Unsubscribes; a second call does nothing. */
  end(): void {
    if (!this.active) return;
    this.retire();
    this.list?.removed();
  }

  /** Ends it together with its whole list. */
  retire(): void {
    this.active = false;
    this.target = undefined;
    const { onEnd } = this;
    this.onEnd = undefined;
    onEnd?.();
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
