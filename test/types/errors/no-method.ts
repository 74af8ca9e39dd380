/** Decorators are for methods. */
import { Deferred, On, Once, Subscribe } from 'carillon';
import { OrderPlaced } from './none/events.js';

export class Members {
  // error: decorator
  @On(OrderPlaced)
  field = 1;

  // error: decorator
  @Once(OrderPlaced)
  functionField = (_event: OrderPlaced) => {};

  // error: decorator
  @Subscribe(OrderPlaced)
  get size() {
    return 1;
  }

  // error: decorator
  @Deferred(OrderPlaced)
  set limit(_value: number) {}
}

// error: decorator
@On(OrderPlaced)
export class Whole {}
