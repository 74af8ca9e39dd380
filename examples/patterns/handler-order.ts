/** The trap of handler order: what works only because one service happens to be built before another. */
import 'reflect-metadata';
import { On, ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

class OrderPlaced {}

@injectable()
class Mail {
  @On(OrderPlaced)
  send() {
    console.log('  mail with the invoice');
  }
}

@injectable()
class CarelessLedger {
  @On(OrderPlaced)
  book() {
    console.log('  invoice is written');
  }
}

@injectable()
class Ledger {
  @On(OrderPlaced, { before: Mail })
  book() {
    console.log('  invoice is written');
  }
}

function place(...services: (new () => object)[]) {
  const container = new Container();
  container.register(events());
  for (const service of services) {
    container.bind(service).toSelf().inSingletonScope();
    container.get(service);
  }
  container.get(ScopedEmitter).emit(new OrderPlaced());
}

console.log('by chance, and the chance is good:');
place(CarelessLedger, Mail);
console.log('by chance, after somebody has sorted the bindings:');
place(Mail, CarelessLedger);
console.log('said, in whatever order they are built:');
place(Mail, Ledger);
