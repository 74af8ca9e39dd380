/** Only instances are wired. */
import { Deferred, On, Once, Subscribe } from 'carillon';
import { OrderPlaced, Tick } from './none/events.js';

export class Statics {
  // error: is not assignable to parameter of type 'InstanceSide'
  @On(OrderPlaced)
  static on(_event: OrderPlaced) {}

  // error: is not assignable to parameter of type 'InstanceSide'
  @Once(OrderPlaced)
  static once(_event: OrderPlaced) {}

  // error: is not assignable to parameter of type 'InstanceSide'
  @Subscribe('order.placed')
  static subscribe() {}

  // error: is not assignable to parameter of type 'InstanceSide'
  @Deferred(Tick)
  static deferred() {}
}
