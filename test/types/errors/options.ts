/** Only the options that there are, with values that they can have. */
import { Deferred, type EventBus, type EventQueue, On, Once, type ScopedEmitter, Subscribe } from 'carillon';
import { OrderPlaced, OrderShipped, type RushOrderPlaced, Tick } from './none/events.js';

class Later {}

export class Options {
  // error: 'priorty' does not exist in type 'OnOptions<OrderPlaced
  @On(OrderPlaced, { priorty: 1 })
  on() {}

  // error: 'queue' does not exist in type 'OnceOptions<OrderPlaced>'
  @Once(OrderPlaced, { queue: 'mail' })
  once() {}

  // error: Type 'string' is not assignable to type 'number'
  @Subscribe(OrderPlaced, { priority: 'high' })
  subscribe() {}

  // error: Type 'number' is not assignable to type 'string'
  @Deferred(OrderPlaced, { queue: 1 })
  deferred() {}

  // error: Type 'string' is not assignable to type
  @On(OrderPlaced, { before: 'Options' })
  before() {}

  // error: is not assignable to type
  @On(OrderPlaced, { after: [Later, 3] })
  after() {}

  // error: has no properties in common with type 'OnOptions<OrderPlaced
  @On(OrderPlaced, 'high')
  text() {}

  // error: Property 'carrier' does not exist on type 'OrderPlaced'
  @On(OrderPlaced, { when: (event) => event.carrier === 'post' })
  whenMember() {}

  // error: Property 'hours' is missing in type 'OrderPlaced'
  @Subscribe('order.placed', { when: (_event: RushOrderPlaced) => true })
  whenNarrower() {}

  // error: Type 'number' is not assignable to type 'boolean'
  @Once(Tick, { when: ({ dt }) => dt })
  whenResult() {}

  // error: Property 'total' does not exist on type 'OrderPlaced | OrderShipped'
  @Deferred([OrderPlaced, OrderShipped], { when: (event) => event.total > 1 })
  whenOfList() {}

  // error: Type 'string' is not assignable to type 'boolean | undefined'
  @On(OrderPlaced, { exact: 'yes' })
  exact() {}
}

export async function call(emitter: ScopedEmitter, bus: EventBus, queue: EventQueue) {
  // error: 'once' does not exist in type 'OnOptions<OrderPlaced
  emitter.on(OrderPlaced, () => {}, { once: true });
  // error: 'priorty' does not exist in type 'SubscribeOptions<OrderPlaced
  bus.subscribe(OrderPlaced, () => {}, { priorty: 1 });
  // error: 'maximum' does not exist in type 'ProcessOptions'
  queue.process('default', { maximum: 1 });
  // error: Type '"full"' is not assignable to type
  queue.process('default', { until: 'full' });
  // error: 'priorty' does not exist in type 'DeferOptions'
  await queue.defer('stock.low', { sku: '1' }, { priorty: 1 });
}
