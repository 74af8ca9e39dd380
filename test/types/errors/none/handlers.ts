/** The handlers that the decorators take. */
import { Deferred, type Delivery, defineEvent, On, Once, Subscribe } from 'carillon';
import { OrderPlaced, OrderShipped, RushOrderPlaced, Tick } from './events.js';

export abstract class Shape {
  abstract readonly sides: number;
}

class Saved<T> {
  constructor(readonly entity: T) {}
}

class Later {
  run() {}
}

abstract class Early {
  protected abstract run(): void;
}

const Said = defineEvent<string>('said');
const special = Symbol('special');

export class Accepted {
  @On(OrderPlaced)
  exact(_event: OrderPlaced) {}

  @Once(RushOrderPlaced)
  base(_event: OrderPlaced) {}

  @Subscribe(OrderPlaced)
  part({ id }: { readonly id: string }) {
    return id;
  }

  @Deferred(OrderPlaced)
  anything(_event: unknown) {}

  @On(OrderPlaced)
  nothing() {}

  @On(OrderPlaced)
  optional(_event?: OrderPlaced) {}

  @On(OrderPlaced)
  withDelivery(_event: OrderPlaced, { signal, message }: Delivery) {
    return [signal.aborted, message?.attempt];
  }

  @Subscribe(OrderPlaced)
  partOfDelivery(_event: OrderPlaced, delivery: { stop(): void }) {
    delivery.stop();
  }

  @On(OrderPlaced)
  rest(..._all: unknown[]) {}

  @On(OrderPlaced, { when: (event) => event.total > 1, exact: true })
  filtered(_event: OrderPlaced) {}

  @On(Shape)
  abstract(_shape: Shape) {}

  @On(Saved)
  generic(_saved: Saved<unknown>) {}

  @Once(Tick)
  async asynchronous({ dt }: { dt: number }) {
    return dt;
  }

  @Subscribe(Tick)
  *generator(tick: { dt: number }) {
    yield tick.dt;
  }

  @Deferred(Tick)
  async *asynchronousGenerator(tick: { dt: number }) {
    yield tick.dt;
  }

  @On(Said)
  primitive(_said: string) {}

  @On([OrderPlaced, OrderShipped])
  union(event: OrderPlaced | OrderShipped) {
    return event instanceof OrderPlaced ? event.total : event.carrier;
  }

  @Once([OrderPlaced, Tick, 'stock.low'], { when: (event) => 'dt' in event || 'sku' in event })
  mixed(_event: OrderPlaced | { dt: number } | { sku: string }, _delivery: Delivery) {}

  @Subscribe([Shape, RushOrderPlaced])
  widerThanList(_event: object) {}

  @Deferred(['order.placed', 'order.shipped'], { queue: 'mail' })
  topics({ id }: { readonly id: string }) {
    return id;
  }

  @On([OrderPlaced])
  alone(_event: OrderPlaced) {}

  @On(['order.*', 'stock.low'])
  listened() {}

  @On('order.placed')
  topic(_event: OrderPlaced) {}

  @On('order.unheard')
  unknownTopic(_event: unknown) {}

  @Subscribe('order.*')
  pattern(_event: OrderPlaced | OrderShipped) {}

  @Subscribe('order.*')
  widerThanPattern(_event: { readonly id: string }) {}

  @Deferred('order.placed', { queue: 'mail', priority: 2 })
  queued(_event: OrderPlaced) {}

  @On(OrderPlaced, { priority: -1, before: Later, after: [[Later, 'run'], Early] })
  @On('order.shipped')
  ordered() {}

  @On(OrderPlaced)
  [special](_event: OrderPlaced) {}

  @On(OrderPlaced)
  protected inherited(_event: OrderPlaced) {}

  @On(OrderPlaced)
  private ours(_event: OrderPlaced) {}

  use() {
    this.ours(new OrderPlaced('1', 2));
  }
}

/** Handlers of a generic base class, and overrides of them. */
export abstract class Repository<T extends OrderPlaced> {
  readonly seen: T[] = [];

  @On(Saved)
  saved(_event: Saved<unknown>) {}

  @On(OrderPlaced)
  placed(_event: OrderPlaced) {}
}

export class Orders extends Repository<RushOrderPlaced> {
  override saved(event: Saved<unknown>) {
    super.saved(event);
  }

  @Once(OrderPlaced)
  override placed(_event: OrderPlaced) {}
}
