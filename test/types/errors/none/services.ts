/** What the injected services take and return. */
import {
  defineEvent,
  type EventBus,
  type EventQueue,
  type Events,
  type ProcessResult,
  type ScopedEmitter,
  type Unsubscribe,
} from 'carillon';
import { expectTypeOf } from 'expect-type';
import { OrderPlaced, type OrderShipped, RushOrderPlaced, Tick } from './events.js';

const Said = defineEvent<string | undefined>('said');

export async function send(emitter: ScopedEmitter, bus: EventBus, queue: EventQueue, events: Events) {
  emitter.emit(new OrderPlaced('1', 2));
  emitter.emit(new OrderPlaced('1', 2), { errors: 'throw' });
  emitter.emit(Tick, { dt: 16 }, { errors: 'report' });
  emitter.emit(Said, undefined);
  emitter.emit('order.placed', new RushOrderPlaced('1', 2));
  emitter.emit('order.unheard', 42);
  await bus.publish(Tick, { dt: 16 });
  await queue.defer(new OrderPlaced('1', 2), { queue: 'mail' });
  await queue.defer('stock.low', { sku: '1' }, { queue: 'mail' });
  events.emit(Tick, { dt: 16 });
  await events.publish('stock.low', { sku: '1' });
  await events.defer(Tick, { dt: 16 }, { queue: 'mail' });

  expectTypeOf(emitter.emit(new OrderPlaced('1', 2))).toEqualTypeOf<void>();
  expectTypeOf(await emitter.emitAsync(Tick, { dt: 16 })).toEqualTypeOf<unknown[]>();
  expectTypeOf(await events.emitAsync(new OrderPlaced('1', 2))).toEqualTypeOf<unknown[]>();
  expectTypeOf(queue.process('physics', { max: 1, maxTime: 2, until: 'empty' })).toEqualTypeOf<ProcessResult>();
}

export function listen(emitter: ScopedEmitter, bus: EventBus) {
  using off = emitter.on(OrderPlaced, (event) => expectTypeOf(event).toEqualTypeOf<OrderPlaced>());
  using silent = bus.subscribe('order.*', (event) => expectTypeOf(event).toEqualTypeOf<OrderPlaced | OrderShipped>());
  off();
  silent();
  expectTypeOf(off).toEqualTypeOf<Unsubscribe>();
  expectTypeOf(off).toExtend<Disposable>();
  emitter.on(Tick, async ({ dt }) => dt);
  emitter.on('order.unheard', (payload) => expectTypeOf(payload).toEqualTypeOf<unknown>());

  expectTypeOf(emitter.once(OrderPlaced)).toEqualTypeOf<Promise<OrderPlaced>>();
  expectTypeOf(emitter.once(Tick)).toEqualTypeOf<Promise<{ dt: number }>>();
  expectTypeOf(emitter.once('order.placed')).toEqualTypeOf<Promise<OrderPlaced>>();
  expectTypeOf(emitter.once('order.*')).toEqualTypeOf<Promise<OrderPlaced | OrderShipped>>();
  expectTypeOf(emitter.once('order.unheard')).toEqualTypeOf<Promise<unknown>>();
}
