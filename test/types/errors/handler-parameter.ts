/** A handler's parameter must be able to receive the event. */
import { Deferred, type Delivery, type EventBus, On, Once, type ScopedEmitter, Subscribe } from 'carillon';
import { OrderPlaced, OrderShipped, RushOrderPlaced, Tick } from './none/events.js';

export class Classes {
  // error: 'hours' is missing in type 'OrderPlaced'
  // error: HandlerMethod<OrderPlaced>
  @On(OrderPlaced)
  narrower(_event: RushOrderPlaced) {}

  // error: 'carrier' is missing in type 'OrderPlaced'
  @Once(OrderPlaced)
  other(_event: OrderShipped) {}

  // error: 'discount' is missing in type
  @Subscribe(OrderPlaced)
  member(_event: { id: string; discount: number }) {}

  // error: Type 'number' is not assignable to type 'string'
  @Deferred(OrderPlaced)
  memberType(_event: { total: string }) {}

  // error: Type 'Delivery' is not assignable to type 'number'
  @On(OrderPlaced)
  two(_event: OrderPlaced, _more: number) {}

  // error: Type 'Delivery' is not assignable to type 'number'
  @On(OrderPlaced)
  withDefault(_event: OrderPlaced, _more = 1) {}

  // error: Target signature provides too few arguments
  @On(OrderPlaced)
  three(_event: OrderPlaced, _delivery: Delivery, _more: number) {}

  // error: 'hours' is missing in type 'OrderPlaced'
  @On(OrderPlaced)
  async asynchronous(_event: RushOrderPlaced) {}
}

export class Tokens {
  // error: Type 'number' is not assignable to type 'string'
  @On(Tick)
  on(_tick: { dt: string }) {}

  // error: Type '{ dt: number; }' is not assignable to type 'number'
  // error: HandlerMethod<{ dt: number; }>
  @Once(Tick)
  once(_tick: number) {}

  // error: 'frame' is missing in type '{ dt: number; }'
  @Subscribe(Tick)
  subscribe(_tick: { dt: number; frame: number }) {}

  // error: '{ dt: number; }' is missing the following properties from type 'OrderPlaced'
  @Deferred(Tick)
  deferred(_tick: OrderPlaced) {}
}

export class Topics {
  // error: 'carrier' is missing in type 'OrderPlaced'
  // error: HandlerMethod<OrderPlaced>
  @On('order.placed')
  on(_event: OrderShipped) {}

  // error: 'hours' is missing in type 'OrderPlaced'
  @Once('order.placed')
  once(_event: RushOrderPlaced) {}

  // error: Type 'string' is not assignable to type 'number'
  @Subscribe('stock.low')
  subscribe(_event: { sku: number }) {}

  // error: 'quantity' is missing in type '{ sku: string; }'
  @Deferred('stock.low')
  deferred(_event: { sku: string; quantity: number }) {}

  // error: Type 'unknown' is not assignable to type 'OrderPlaced'
  @On('order.unheard')
  unknown(_event: OrderPlaced) {}
}

export class Patterns {
  // error: 'total' is missing in type 'OrderShipped'
  // error: HandlerMethod<OrderPlaced | OrderShipped>
  @On('order.*')
  first(_event: OrderPlaced) {}

  // error: 'carrier' is missing in type 'OrderPlaced'
  @Once('order.*')
  second(_event: OrderShipped) {}

  // error: Type '{ sku: string; }' is not assignable to type 'OrderPlaced | OrderShipped'
  @Subscribe('**')
  everything(_event: OrderPlaced | OrderShipped) {}

  // error: Type 'unknown' is not assignable to type 'OrderPlaced'
  @Subscribe('*')
  oneSegment(_event: OrderPlaced) {}
}

export function listen(emitter: ScopedEmitter, bus: EventBus) {
  // error: 'hours' is missing in type 'OrderPlaced'
  emitter.on(OrderPlaced, (_event: RushOrderPlaced) => {});
  // error: Property 'carrier' does not exist on type 'OrderPlaced'
  emitter.on('order.placed', (event) => event.carrier);
  // error: Property 'frame' does not exist on type '{ dt: number; }'
  bus.subscribe(Tick, ({ frame }) => frame);
  // error: 'total' is missing in type 'OrderShipped'
  bus.subscribe('order.*', (_event: OrderPlaced) => {});
}
