/** Takes orders. */
import { Injectable } from '@nestjs/common';
import { Emits, Events, EventType } from 'carillon';

@EventType({
  name: 'order.placed',
  schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
})
export class OrderPlaced {
  constructor(readonly id: string) {}
}

@Injectable()
export class Checkout {
  constructor(private readonly events: Events) {}

  @Emits(OrderPlaced)
  @Emits(OrderPlaced, { by: 'defer' })
  async place(id: string): Promise<void> {
    const order = new OrderPlaced(id);
    this.events.emit(order);
    await this.events.defer(order);
  }
}
