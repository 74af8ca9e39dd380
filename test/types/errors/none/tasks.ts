/** What waits give, and which generators are tasks. */
import { all, type Coroutine, Deferred, type Delivery, nextTick, On, Once, race, type Scope, settled, sleep, spawn, Subscribe, type Task, until, type Wait, when } from 'carillon';
import { expectTypeOf } from 'expect-type';
import { OrderPlaced, type OrderShipped, Tick } from './events.js';

function* walk(steps: number): Coroutine<boolean> {
  for (let step = 0; step < steps; step += 1) yield;
  return true;
}

export function* waits() {
  expectTypeOf(yield* sleep('2s')).toEqualTypeOf<void>();
  expectTypeOf(yield* sleep(2.5)).toEqualTypeOf<void>();
  expectTypeOf(yield* nextTick()).toEqualTypeOf<void>();
  expectTypeOf(yield* until(OrderPlaced)).toEqualTypeOf<OrderPlaced>();
  expectTypeOf(yield* until(Tick, ({ dt }) => dt > 1)).toEqualTypeOf<{ dt: number }>();
  expectTypeOf(yield* until('order.*')).toEqualTypeOf<OrderPlaced | OrderShipped>();
  expectTypeOf(yield* settled(Promise.resolve(1))).toEqualTypeOf<number>();
  expectTypeOf(yield* when(() => true)).toEqualTypeOf<void>();
  expectTypeOf(yield* walk(3)).toEqualTypeOf<boolean>();

  expectTypeOf(yield* race([until(OrderPlaced), settled(Promise.resolve(1))])).toEqualTypeOf<OrderPlaced | number>();
  const won = yield* race({ order: until(OrderPlaced), walk: walk(1), late: sleep('1m') });
  expectTypeOf(won.key).toEqualTypeOf<'order' | 'walk' | 'late'>();
  if (won.key === 'order') expectTypeOf(won.value).toEqualTypeOf<OrderPlaced>();
  if (won.key === 'walk') expectTypeOf(won.value).toEqualTypeOf<boolean>();

  expectTypeOf(yield* all([until(OrderPlaced), walk(1)])).toEqualTypeOf<[OrderPlaced, boolean]>();
  expectTypeOf(yield* all({ order: until(OrderPlaced), pair: race([sleep(1), walk(1)]) })).toEqualTypeOf<{
    order: OrderPlaced;
    pair: boolean | void;
  }>();
}

export function tasks(scope: Scope) {
  expectTypeOf(spawn(scope, () => walk(1))).toEqualTypeOf<Task<boolean>>();
  const task = spawn(scope, function* () {
    const { id } = yield* until(OrderPlaced);
    yield;
    yield* sleep(1);
    return id;
  });
  expectTypeOf(task.done).toEqualTypeOf<Promise<string>>();
  spawn(scope, waits);
  expectTypeOf<Wait<string>>().not.toExtend<Wait<number>>();
}

export class Handlers {
  @On(OrderPlaced, { overlap: 'restart' })
  *on(event: OrderPlaced, delivery: Delivery) {
    yield* sleep('2s');
    return [event.id, delivery.scope];
  }

  @Once(OrderPlaced)
  *once(): Coroutine {
    yield;
  }

  @Subscribe(OrderPlaced, { overlap: 'ignore' })
  *subscribe(_event: OrderPlaced) {
    yield* walk(1);
  }

  @Deferred(OrderPlaced, { overlap: 'queue' })
  *deferred(_event: OrderPlaced) {
    yield* until(Tick);
  }
}
