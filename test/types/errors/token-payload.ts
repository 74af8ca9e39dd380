/** A token's payload is what the token says, never what would suit both it and the argument. */
import { defineEvent, type EventBus, type EventQueue, type Events, type ScopedEmitter } from 'carillon';
import { OrderPlaced, RushOrderPlaced, Tick } from './none/events.js';

const Rush = defineEvent<RushOrderPlaced>('rush');
const base = new OrderPlaced('1', 2);
const maybe = base as RushOrderPlaced | undefined;

export async function send(emitter: ScopedEmitter, bus: EventBus, queue: EventQueue, events: Events) {
  // error: No overload matches this call
  emitter.emit(Tick, undefined);
  // error: No overload matches this call
  emitter.emit(Rush, maybe);
  // error: No overload matches this call
  emitter.emit(Rush, base);
  // error: No overload matches this call
  await emitter.emitAsync(Rush, base);
  // error: No overload matches this call
  await bus.publish(Rush, base);
  // error: No overload matches this call
  await queue.defer(Rush, base);
  // error: No overload matches this call
  events.emit(Rush, base);
  // error: No overload matches this call
  await events.emitAsync(Rush, base);
  // error: No overload matches this call
  await events.publish(Rush, maybe);
  // error: No overload matches this call
  await events.defer(Rush, base);
}
