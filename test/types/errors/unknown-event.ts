/** An event is a class, a token or a topic. */
import { Deferred, type EventBus, On, Once, type ScopedEmitter, Subscribe } from 'carillon';
import { OrderPlaced } from './none/events.js';

export class Nothing {
  // error: type 'undefined' is not assignable to parameter of type 'EventKeys'
  @On(undefined)
  on() {}

  // error: type 'null' is not assignable to parameter of type 'EventKeys'
  @Once(null)
  once() {}

  // error: type 'number' is not assignable to parameter of type 'EventKeys'
  @Subscribe(42)
  subscribe() {}

  // error: is not assignable to parameter of type 'EventKeys'
  @Deferred(new OrderPlaced('1', 2))
  deferred() {}

  // error: is not assignable to parameter of type 'EventKeys'
  @On(() => OrderPlaced)
  lazily() {}

  // error: Expected 1-2 arguments, but got 0
  @On()
  empty() {}
}

export function listen(emitter: ScopedEmitter, bus: EventBus) {
  // error: type 'undefined' is not assignable to parameter of type 'EventKey'
  emitter.on(undefined, () => {});
  // error: type 'number' is not assignable to parameter of type 'EventKeys'
  void emitter.once(42);
  // error: is not assignable to parameter of type 'EventKey'
  bus.subscribe({}, () => {});
}
