/** The events that the cases of the bus publish. */
import { defineEvent } from '../../../decorators/event-key.js';
import { EventType } from '../../../decorators/event-type.js';

export class OrderPlaced {
  constructor(
    readonly id: string,
    readonly total: number,
  ) {}

  get label(): string {
    return `${this.id}: ${this.total}`;
  }
}

export class RushOrderPlaced extends OrderPlaced {}

export const Tick = defineEvent<number>('compliance.tick');

// Called, so that this file compiles under either kind of decorators.
EventType({ name: 'compliance.order.placed' })(OrderPlaced);
EventType({ name: 'compliance.order.rush' })(RushOrderPlaced);
