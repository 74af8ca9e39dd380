/** The events of the fixtures. */
import { defineEvent } from 'carillon';

export class OrderPlaced {
  constructor(
    readonly id: string,
    readonly total: number,
  ) {}
}

export class OrderShipped {
  constructor(
    readonly id: string,
    readonly carrier: string,
  ) {}
}

export class RushOrderPlaced extends OrderPlaced {
  readonly hours = 24;
}

export const Tick = defineEvent<{ dt: number }>('tick');

declare module 'carillon' {
  interface EventMap {
    'order.placed': OrderPlaced;
    'order.shipped': OrderShipped;
    'stock.low': { sku: string };
  }
}
