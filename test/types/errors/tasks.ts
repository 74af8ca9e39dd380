/** What is no wait, no duration and no task. */
import { all, Deferred, On, Once, race, type Scope, settled, sleep, spawn, until } from 'carillon';
import { OrderPlaced, Tick } from './none/events.js';

export function* waits() {
  // error: Argument of type '"soon"' is not assignable to parameter of type 'Duration'
  yield* sleep('soon');
  // error: Argument of type '"2w"' is not assignable to parameter of type 'Duration'
  yield* sleep('2w');
  // error: Property 'carrier' does not exist on type 'OrderPlaced'
  const { carrier } = yield* until(OrderPlaced);
  // error: Property 'frame' does not exist on type '{ dt: number; }'
  yield* until(Tick, ({ frame }) => frame);
  // error: Argument of type 'number' is not assignable to parameter of type 'PromiseLike<unknown>'
  yield* settled(5);
  // error: Type 'Promise<number>' is not assignable to type
  yield* race([Promise.resolve(1)]);
  // error: is not assignable to type
  yield* all({ order: OrderPlaced });
  const won = yield* race({ order: until(OrderPlaced), late: sleep('1m') });
  // error: Property 'id' does not exist on type 'void | OrderPlaced'
  return [carrier, won.value.id];
}

export function tasks(scope: Scope) {
  // error: Type 'Promise<number>' is not assignable to type 'Coroutine<unknown>'
  spawn(scope, async () => 1);
  // error: Argument of type
  spawn(scope, function* () {
    yield fetch('https://example.org');
  });
}

export class Handlers {
  // error: Type '"often"' is not assignable to type 'Overlap | undefined'
  @On(OrderPlaced, { overlap: 'often' })
  *on() {}

  // error: 'overlap' does not exist in type 'OnceOptions<OrderPlaced>'
  @Once(OrderPlaced, { overlap: 'queue' })
  *once() {}

  // error: Type '"restart"' is not assignable to type '"parallel" | "queue" | undefined'
  @Deferred(OrderPlaced, { overlap: 'restart' })
  *deferred() {}
}
