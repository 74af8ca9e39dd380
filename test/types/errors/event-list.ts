/** A handler of a list must be able to receive each event of it. */
import { Deferred, type Delivery, On, Once, Subscribe } from 'carillon';
import { OrderPlaced, OrderShipped, RushOrderPlaced, Tick } from './none/events.js';

export class Lists {
  // error: 'carrier' is missing in type 'OrderPlaced' but required in type 'OrderShipped'
  @On([OrderPlaced, OrderShipped])
  one(_event: OrderShipped) {}

  // error: HandlerMethod<OrderPlaced | OrderShipped>
  // error: 'total' is missing in type 'OrderShipped'
  @Once([OrderShipped, OrderPlaced])
  other(_event: OrderPlaced) {}

  // error: Type 'OrderPlaced | { dt: number; }' is not assignable to type 'OrderPlaced'
  @Subscribe([OrderPlaced, Tick])
  token(_event: OrderPlaced) {}

  // error: Type 'unknown' is not assignable to type 'OrderPlaced'
  @Deferred([OrderPlaced, 'order.unheard'])
  topic(_event: OrderPlaced) {}

  // error: 'hours' is missing in type 'OrderPlaced'
  @On([OrderPlaced, RushOrderPlaced])
  narrower(_event: RushOrderPlaced) {}

  // error: is not assignable to parameter of type 'EventKeys'
  @On([])
  empty() {}

  // error: Type 'number' is not assignable to type
  @On([OrderPlaced, 42])
  noEvent() {}

  // error: Type 'undefined' is not assignable to type
  @Once([undefined, OrderPlaced])
  nothing() {}
}

export class Deliveries {
  // error: 'retries' is missing in type 'Delivery'
  @On(OrderPlaced)
  more(_event: OrderPlaced, _delivery: Delivery & { retries: number }) {}

  // error: Type 'OrderPlaced' is missing the following properties from type 'Delivery'
  @Once(OrderPlaced)
  first(_delivery: Delivery) {}

  // error: Target signature provides too few arguments
  @Subscribe(OrderPlaced)
  third(_event: OrderPlaced, _delivery: Delivery, _more: number) {}
}

export class Generators {
  // error: 'hours' is missing in type 'OrderPlaced'
  @On(OrderPlaced)
  *generator(_event: RushOrderPlaced) {
    yield 1;
  }

  // error: 'carrier' is missing in type 'OrderPlaced'
  @Subscribe(OrderPlaced)
  async *asynchronous(_event: OrderShipped) {
    yield 1;
  }
}

export abstract class Repository<T extends OrderPlaced> {
  // error: Type 'OrderPlaced' is not assignable to type 'T'
  @On(OrderPlaced)
  placed(_event: T) {}
}
