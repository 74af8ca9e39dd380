/** The handlers of an application: those that its classes declare, and plain functions that are subscribed now. */
import { ownDeclarations } from '../../decorators/declaration.js';
import type { DeclarationPlace } from '../../decorators/declared-at.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { isActivated } from '../../decorators/listener.js';
import type { HandlerRef } from '../../decorators/order-options.js';
import type { DeclaredOptions } from '../../decorators/verb-options.js';
import type { Application } from '../application/application.js';
import type { HandlerPlan } from '../dispatch/handler.js';
import { attemptsOf } from './carriers.js';
import { type ClassTable, type ListedClass, scopeId } from './class-table.js';
import { type EventTable, freeId } from './event-table.js';
import type { TopologyHandler } from './topology.js';

/** A handler as the edges are found from it. */
export interface ListedHandler {
  readonly described: TopologyHandler;
  readonly event: EventKey;
}

/** Finds the handlers and describes them. */
export class HandlerTable {
  readonly #application: Application;
  readonly #events: EventTable;
  readonly #handlers = new Map<string, ListedHandler>();

  constructor(application: Application, classes: ClassTable, events: EventTable) {
    this.#application = application;
    this.#events = events;
    for (const listed of classes.classes()) this.#addClass(listed);
    for (const { plan, owner } of application.handlers())
      if (plan.handlerClass === undefined && !plan.internal) this.#add(plan, scopeId(owner.path));
  }

  /** Each with its event. */
  entries(): Iterable<ListedHandler> {
    return this.#handlers.values();
  }

  list(): TopologyHandler[] {
    return [...this.#handlers.values()].map(({ described }) => described);
  }

  #addClass({ serviceClass, service, scope }: ListedClass): void {
    const { plans } = this.#application;
    const prototype = serviceClass.prototype as object;
    for (const plan of [...plans.ofPrototype(prototype), ...plans.activated(prototype)])
      this.#add(plan.declared ?? plan, scope, service);
  }

  #add(plan: HandlerPlan, scope: string | undefined, service?: string): void {
    const { verb, event: key, className, method, queue } = plan;
    const event = verb === 'Every' ? this.#events.idOfTimer(key) : this.#events.idOf(key);
    const name = className === '' ? String(method) : `${className}.${String(method)}`;
    const place = queue === undefined ? '' : ` in ${queue}`;
    const id = freeId(this.#handlers, `handler:${name} ${verb} ${eventName(key)}${place}`);
    const described: TopologyHandler = {
      id,
      className,
      method: String(method),
      verb,
      event,
      ...(service !== undefined && { service }),
      ...(scope !== undefined && { scope }),
      ...this.#declared(plan),
      ...placeOfPlan(plan),
    };
    this.#handlers.set(id, { described, event: key });
  }

  #declared(plan: HandlerPlan): Pick<TopologyHandler, 'order'> & Partial<TopologyHandler> {
    const { priority, before, after, exact, when, queue, handlerClass } = plan;
    const { group, id, previousIds = [], idempotent = false } = plan.options as DeclaredOptions;
    return {
      order: { priority, before: before.map(refText), after: after.map(refText) },
      ...(exact && { exact }),
      ...(when !== undefined && { conditional: true as const }),
      ...(isActivated(handlerClass) && { perEvent: true as const }),
      ...(group !== undefined && { group }),
      ...(queue !== undefined && {
        queue: `queue:${queue}`,
        attempts: attemptsOf(this.#application, queue, plan),
      }),
      ...(id !== undefined && { storedAs: id }),
      ...(previousIds.length > 0 && { previousIds }),
      ...(idempotent !== false && { idempotent: true as const }),
    };
  }
}

function refText(ref: HandlerRef): string {
  return typeof ref === 'function' ? ref.name : `${ref[0].name}.${String(ref[1])}`;
}

/** Where the decorator stands: on the class itself, or on the base that declares it. */
function placeOfPlan({
  handlerClass,
  verb,
  event,
  method,
}: HandlerPlan): Partial<DeclarationPlace> {
  let step = (handlerClass as { readonly prototype: object } | undefined)?.prototype ?? null;
  for (; step !== null; step = Object.getPrototypeOf(step)) {
    const declaration = ownDeclarations(step).find(
      (own) => own.verb === verb && own.event === event && own.method === method,
    );
    if (declaration !== undefined) return { ...declaration.declaredAt };
  }
  return {};
}
