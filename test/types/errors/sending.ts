/** What is sent is an event with its payload. */
import type { EventBus, EventQueue, Events, ScopedEmitter } from 'carillon';
import { OrderPlaced, OrderShipped, Tick } from './none/events.js';

export async function send(emitter: ScopedEmitter, bus: EventBus, queue: EventQueue, events: Events) {
  // error: not assignable
  emitter.emit(Tick);
  // error: not assignable
  await emitter.emitAsync(Tick);
  // error: not assignable
  await bus.publish(Tick);
  // error: not assignable
  await queue.defer(Tick);
  // error: not assignable
  events.emit(Tick);
  // error: not assignable
  await events.publish(Tick);
  // error: not assignable
  await events.defer(Tick);

  // error: No overload matches this call
  emitter.emit(Tick, { dt: 'soon' });
  // error: No overload matches this call
  emitter.emit(Tick, 16);
  // error: No overload matches this call
  emitter.emit(Tick, {});
  // error: No overload matches this call
  await emitter.emitAsync(Tick, {});
  // error: No overload matches this call
  await bus.publish(Tick, {});
  // error: No overload matches this call
  await queue.defer(Tick, {});
  // error: No overload matches this call
  events.emit(Tick, {});

  // error: not assignable
  emitter.emit('order.placed');
  // error: No overload matches this call
  emitter.emit('order.placed', { id: '1' });
  // error: No overload matches this call
  await emitter.emitAsync('order.placed', new OrderShipped('1', 'post'));
  // error: No overload matches this call
  await bus.publish('stock.low', { sku: 1 });
  // error: No overload matches this call
  await queue.defer('stock.low', 'sku');
  // error: No overload matches this call
  events.emit('stock.low', { amount: 1 });
  // error: No overload matches this call
  await events.publish('order.placed', new OrderShipped('1', 'post'));
  // error: No overload matches this call
  await events.defer('order.shipped', new OrderPlaced('1', 2));

  // error: No overload matches this call
  emitter.emit(undefined);
  // error: No overload matches this call
  emitter.emit(OrderPlaced);
  // error: No overload matches this call
  await bus.publish(OrderPlaced);
  // error: No overload matches this call
  await queue.defer(OrderPlaced);
  // error: No overload matches this call
  emitter.emit([new OrderPlaced('1', 2)]);
  // error: No overload matches this call
  emitter.emit(Promise.resolve(new OrderPlaced('1', 2)));
  // error: No overload matches this call
  emitter.emit(() => new OrderPlaced('1', 2));
  // error: No overload matches this call
  emitter.emit({} as Record<string, unknown>);
  // error: No overload matches this call
  events.emit(new Map([['id', '1']]));
  // error: No overload matches this call
  await emitter.emitAsync(new Set(['1']));
  // error: No overload matches this call
  await bus.publish(Promise.resolve(new OrderPlaced('1', 2)));
  // error: No overload matches this call
  await queue.defer([new OrderPlaced('1', 2)]);
  // error: No overload matches this call
  await bus.publish(42, {});
  // error: No overload matches this call
  emitter.emit(new OrderPlaced('1', 2), { errors: 'swallow' });
  // error: No overload matches this call
  await queue.defer(new OrderPlaced('1', 2), { queues: 'mail' });
  // error: No overload matches this call
  await bus.publish(new OrderPlaced('1', 2), { errors: 'throw' });
}
