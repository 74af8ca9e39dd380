/** Handlers without any container: the program builds its classes and attaches them. */
import 'reflect-metadata';
import { type Events, On } from 'carillon';
import { createApplication } from 'carillon/adapter';

class ItemAdded {
  constructor(readonly item: string) {}
}

class Stock {
  @On(ItemAdded)
  reserve({ item }: ItemAdded) {
    console.log(`reserved ${item}`);
  }
}

class Basket {
  readonly items: string[] = [];

  constructor(private readonly events: Events) {}

  add(item: string) {
    this.events.emit(new ItemAdded(item), { bubbles: true });
  }

  @On(ItemAdded)
  note({ item }: ItemAdded) {
    this.items.push(item);
  }
}

const app = createApplication({ name: 'shop' });
app.attach(new Stock());
await app.start();

const request = app.open({ name: 'request 1' });
const basket = request.attach(new Basket(request.events));
basket.add('a bell');
await request.scope.disposeAsync();
console.log(basket.items.join());
await app.stop();
