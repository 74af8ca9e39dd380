/** The handlers of one event, in order. A delivery under way keeps the array it began with. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from './handler.js';
import { comesBefore, inOrder } from './handler-order.js';

/** Told when a list has let go of handlers that ended. */
export interface ListHolder {
  swept(list: HandlerList): void;
}

/** Adding keeps E1's order; removing costs the same however many there are. */
export class HandlerList {
  entries: Handler[] = [];
  /** Whether one of them needs to know more than the payload. */
  framed = false;
  /** Whether one of them does not hear subclasses. */
  exact = false;
  #ended = 0;
  #constrained = false;

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
    if (plan.takesDelivery) this.framed = true;
    if (plan.exact) this.exact = true;
    handler.list = this;
  }

  /** One of the handlers has ended: the array is swept when half of it has. */
  removed(): void {
    this.#ended += 1;
    if (this.#ended * 2 <= this.entries.length) return;
    this.#replace(this.entries.filter(isActive));
    this.holder?.swept(this);
  }

  #insert(handler: Handler): void {
    const { entries } = this;
    let place = entries.length;
    while (place > 0 && comesBefore(handler, entries[place - 1] as Handler)) place -= 1;
    // A delivery under way has read the length already.
    if (place === entries.length) entries.push(handler);
    else this.entries = [...entries.slice(0, place), handler, ...entries.slice(place)];
  }

  #replace(entries: Handler[]): void {
    this.entries = entries;
    this.#ended = 0;
  }
}

function isActive(handler: Handler): boolean {
  return handler.active;
}
