/** The handlers of one event, in order. A delivery under way keeps the array it began with. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from './handler.js';
import { inOrder } from './handler-order.js';

/** Told when a list has let go of handlers that ended. */
export interface ListHolder {
  swept(list: HandlerList): void;
}

/** Adding keeps E1's order; removing costs the same however many there are. */
export class HandlerList {
  entries: Handler[] = [];
  #ended = 0;
  #constrained = false;

  constructor(
    readonly key: EventKey,
    readonly holder: ListHolder | undefined,
  ) {}

  /** @throws CarillonError `CAR4003` when `before` and `after` make a circle; the handler is not added then. */
  add(handler: Handler): void {
    const { entries } = this;
    const { plan } = handler;
    const last = entries[entries.length - 1];
    const constrained = this.#constrained || plan.before.length + plan.after.length > 0;
    if (!constrained && (last === undefined || last.plan.priority >= plan.priority)) {
      // A delivery under way has read the length already.
      entries.push(handler);
    } else {
      const live = entries.filter(isActive);
      this.entries = inOrder([...live, handler]);
      this.#ended = 0;
      this.#constrained = constrained;
    }
    handler.list = this;
  }

  /** One of the handlers has ended: the array is swept when half of it has. */
  removed(): void {
    this.#ended += 1;
    if (this.#ended * 2 <= this.entries.length) return;
    this.entries = this.entries.filter(isActive);
    this.#ended = 0;
    this.holder?.swept(this);
  }
}

function isActive(handler: Handler): boolean {
  return handler.active;
}
