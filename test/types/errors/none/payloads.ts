/** What {@link PayloadOf} says of each kind of event. */
import {
  type Delivery,
  defineEvent,
  type Events,
  type EventToken,
  type HandlerDecorator,
  type HandlerMethod,
  On,
  type OnOptions,
  type PayloadOf,
  type ScopedEmitter,
} from 'carillon';
import { expectTypeOf } from 'expect-type';
import { OrderPlaced, type OrderShipped, type Tick } from './events.js';

abstract class Animal {
  abstract readonly name: string;
}

class Wrapped<T> {
  constructor(readonly value: T) {}
}

expectTypeOf<PayloadOf<typeof OrderPlaced>>().toEqualTypeOf<OrderPlaced>();
expectTypeOf<PayloadOf<typeof Animal>>().toEqualTypeOf<Animal>();
expectTypeOf<PayloadOf<typeof Wrapped<number>>>().toEqualTypeOf<Wrapped<number>>();

expectTypeOf<PayloadOf<typeof Tick>>().toEqualTypeOf<{ dt: number }>();
expectTypeOf<PayloadOf<EventToken<string | number>>>().toEqualTypeOf<string | number>();
expectTypeOf<PayloadOf<EventToken<OrderPlaced[]>>>().toEqualTypeOf<OrderPlaced[]>();
expectTypeOf(defineEvent<string>('said')).toEqualTypeOf<EventToken<string>>();

expectTypeOf<PayloadOf<'order.placed'>>().toEqualTypeOf<OrderPlaced>();
expectTypeOf<PayloadOf<'order.unheard'>>().toEqualTypeOf<unknown>();
expectTypeOf<PayloadOf<string>>().toEqualTypeOf<unknown>();

expectTypeOf<PayloadOf<'order.*'>>().toEqualTypeOf<OrderPlaced | OrderShipped>();
expectTypeOf<PayloadOf<'*.placed'>>().toEqualTypeOf<OrderPlaced>();
expectTypeOf<PayloadOf<'order.**'>>().toEqualTypeOf<OrderPlaced | OrderShipped>();
expectTypeOf<PayloadOf<'order.placed.**'>>().toEqualTypeOf<OrderPlaced>();
expectTypeOf<PayloadOf<'**.low'>>().toEqualTypeOf<{ sku: string }>();
expectTypeOf<PayloadOf<'**.order.**.placed'>>().toEqualTypeOf<OrderPlaced>();
expectTypeOf<PayloadOf<'**'>>().toEqualTypeOf<OrderPlaced | OrderShipped | { sku: string }>();
expectTypeOf<PayloadOf<'*.*'>>().toEqualTypeOf<OrderPlaced | OrderShipped | { sku: string }>();
expectTypeOf<PayloadOf<'*'>>().toEqualTypeOf<unknown>();
expectTypeOf<PayloadOf<'order.*.*'>>().toEqualTypeOf<unknown>();

const Ready = defineEvent<void>('ready');

export async function sendWithoutPayload(emitter: ScopedEmitter, events: Events) {
  emitter.emit(Ready);
  emitter.emit(Ready, undefined, { errors: 'throw' });
  await emitter.emitAsync(Ready);
  await events.publish(Ready);
  await events.defer(Ready);
}

expectTypeOf<PayloadOf<readonly [typeof OrderPlaced, typeof OrderShipped]>>().toEqualTypeOf<OrderPlaced | OrderShipped>();
expectTypeOf<PayloadOf<[typeof Tick, 'stock.low']>>().toEqualTypeOf<{ dt: number } | { sku: string }>();
expectTypeOf<PayloadOf<['order.*', 'stock.low']>>().toEqualTypeOf<OrderPlaced | OrderShipped | { sku: string }>();
expectTypeOf<PayloadOf<[typeof OrderPlaced, 'order.unheard']>>().toEqualTypeOf<unknown>();

expectTypeOf<Delivery['signal']>().toEqualTypeOf<AbortSignal>();
expectTypeOf<NonNullable<Delivery['message']>['attempt']>().toEqualTypeOf<number>();
expectTypeOf<Parameters<HandlerMethod<OrderPlaced>>>().toEqualTypeOf<[event: OrderPlaced, delivery: Delivery]>();
expectTypeOf(On([OrderPlaced, 'stock.low'])).toEqualTypeOf<HandlerDecorator<OrderPlaced | { sku: string }>>();
expectTypeOf<NonNullable<OnOptions<OrderPlaced>['when']>>().toEqualTypeOf<(event: OrderPlaced) => boolean>();
