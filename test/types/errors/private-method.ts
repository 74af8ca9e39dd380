/** What nobody outside the class can call cannot be a handler. */
import { Deferred, On, Once, Subscribe } from 'carillon';
import { OrderPlaced } from './none/events.js';

export class Secrets {
  // error legacy: Decorators are not valid here
  // error standard: Types of property 'private' are incompatible
  @On(OrderPlaced)
  #on(_event: OrderPlaced) {}

  // error legacy: Decorators are not valid here
  // error standard: Types of property 'private' are incompatible
  @Once(OrderPlaced)
  #once(_event: OrderPlaced) {}

  // error legacy: Decorators are not valid here
  // error standard: Types of property 'private' are incompatible
  @Subscribe(OrderPlaced)
  #subscribe(_event: OrderPlaced) {}

  // error legacy: Decorators are not valid here
  // error standard: Types of property 'private' are incompatible
  @Deferred(OrderPlaced)
  #deferred(_event: OrderPlaced) {}
}
