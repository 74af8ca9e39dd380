/** A shop whose topology is compared with the golden file: each kind of event, handler, service and carrier once. */
import {
  Deferred,
  defineEvent,
  Emits,
  EventBus,
  EventQueue,
  Events,
  EventType,
  Every,
  Listener,
  On,
  Once,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { queueCapabilities, remoteQueue } from 'carillon/engine';
import { events } from 'carillon/inversify';
import { Container, inject, injectable } from 'inversify';

export class Changed {}

@EventType({ name: 'order.placed', version: 2, upcast: (data) => data, schema: { type: 'object' } })
export class OrderPlaced extends Changed {
  constructor(readonly id: string) {
    super();
  }
}

export const Tick = defineEvent<number>('tick');

@injectable()
export class Prices {}

@injectable()
export class Till {
  constructor(
    @inject(Events) private readonly events: Events,
    @inject(Prices) readonly prices: Prices,
    @inject('missing') readonly missing: unknown,
  ) {}

  @Emits([OrderPlaced, Tick])
  place(id: string): void {
    this.events.emit(new OrderPlaced(id));
    this.events.emit(Tick, 1);
  }

  @On(OrderPlaced, { priority: 3 })
  @Emits('stock.low', { by: 'publish' })
  async count(): Promise<void> {
    await this.events.publish('stock.low', {});
  }
}

@injectable()
export class Reports {
  @On(Changed, { after: Till })
  changed(): void {}

  @On(Changed, { exact: true, when: () => true })
  only(): void {}

  @Once(Tick)
  ready(): void {}

  @Every('30s')
  poll(): void {}

  @Subscribe('stock.*', { group: 'buyers' })
  buy(): void {}
}

@injectable()
@Listener({ activation: 'event' })
export class Billing {
  @Deferred(OrderPlaced, { queue: 'bills', id: 'bill', attempts: 5 })
  bill(): void {}

  @Deferred(OrderPlaced)
  remind(): void {}
}

/** An engine that is never opened. */
const shelf = remoteQueue({
  name: 'shelf',
  capabilities: queueCapabilities({ durable: true, deadLetters: true }),
  open: () => Promise.reject(new Error('The description has opened an engine.')),
});

export function shop(): Container {
  const container = new Container();
  container.register(events({ name: 'shop', queues: { bills: { provider: shelf } } }));
  container.bind(Prices).toSelf().inSingletonScope();
  container.bind('prices').toService(Prices);
  container.bind(Till).toSelf().inTransientScope();
  container.bind(Reports).toSelf().inSingletonScope();
  container.bind(Billing).toSelf().inRequestScope();
  container.bind('now').toDynamicValue(() => Date.now());
  return container;
}

export const FACADE = [EventBus, EventQueue, ScopedEmitter];
