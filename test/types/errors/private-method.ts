/** What nobody outside the class can call cannot be a handler. */
import { Deferred, On, Once, Subscribe } from 'carillon';
import { OrderPlaced } from './none/events.js';

export class Secrets {
  // error: Decorators are not valid here
  @On(OrderPlaced)
  #on(_event: OrderPlaced) {}

  // error: Decorators are not valid here
  @Once(OrderPlaced)
  #once(_event: OrderPlaced) {}

  // error: Decorators are not valid here
  @Subscribe(OrderPlaced)
  #subscribe(_event: OrderPlaced) {}

  // error: Decorators are not valid here
  @Deferred(OrderPlaced)
  #deferred(_event: OrderPlaced) {}
}
