/** Only instances are wired. */
import { Deferred, On, Once, Subscribe } from 'carillon';
import { OrderPlaced, Tick } from './none/events.js';

export class Statics {
  // error legacy: is not assignable to parameter of type 'InstanceSide'
  // error standard: Types of property 'static' are incompatible
  @On(OrderPlaced)
  static on(_event: OrderPlaced) {}

  // error legacy: is not assignable to parameter of type 'InstanceSide'
  // error standard: Types of property 'static' are incompatible
  @Once(OrderPlaced)
  static once(_event: OrderPlaced) {}

  // error legacy: is not assignable to parameter of type 'InstanceSide'
  // error standard: Types of property 'static' are incompatible
  @Subscribe('order.placed')
  static subscribe() {}

  // error legacy: is not assignable to parameter of type 'InstanceSide'
  // error standard: Types of property 'static' are incompatible
  @Deferred(Tick)
  static deferred() {}
}
