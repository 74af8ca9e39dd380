/** Decorators are for methods, and have parentheses. */
import { Deferred, EventType, Every, Listener, On, Once, Subscribe } from 'carillon';
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

export class Bare {
  // error: decorator
  // error: Decorator function return type
  @On
  on() {}

  // error: decorator
  // error: Decorator function return type
  @Once
  once() {}

  // error: decorator
  // error: Decorator function return type
  @Subscribe
  subscribe() {}

  // error: decorator
  // error: Decorator function return type
  @Deferred
  deferred() {}

  // error: decorator
  // error: Decorator function return type
  @Every
  every() {}
}

// error: Decorator function return type
// error standard: decorator
@On
export class BareOn {}

// error: decorator
// error: Decorator function return type
@Listener
export class BareListener {}

// error: Decorator function return type
@EventType
export class BareEvent {}
