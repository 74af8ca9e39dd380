/** An emitter: services say by a decorator what they hear, and know nothing of each other. */
import 'reflect-metadata';
import { On, ScopedEmitter } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container, inject, injectable } from 'inversify';

class OrderPlaced {
  constructor(readonly id: string) {}
}

@injectable()
class Shop {
  constructor(@inject(ScopedEmitter) private readonly emitter: ScopedEmitter) {}

  order(id: string) {
    this.emitter.emit(new OrderPlaced(id));
  }
}

@injectable()
class Warehouse {
  @On(OrderPlaced)
  pack({ id }: OrderPlaced) {
    console.log(`warehouse packs ${id}`);
  }
}

@injectable()
class Ledger {
  @On(OrderPlaced)
  book({ id }: OrderPlaced) {
    console.log(`ledger books ${id}`);
  }
}

const container = new Container();
container.register(events());
for (const service of [Shop, Warehouse, Ledger])
  container.bind<object>(service).to(service).inSingletonScope();
await start(container);

container.get(Shop).order('bell 1');
await stop(container);
