/** typed-inject: a factory attaches what it builds, and the injector is disposed with the scope. */
import 'reflect-metadata';
import { type Events, On } from 'carillon';
import { type ApplicationScope, createApplication } from 'carillon/adapter';
import { createInjector, tokens } from 'typed-inject';

class ItemAdded {
  constructor(readonly item: string) {}
}

class Basket {
  constructor(private readonly events: Events) {}

  add(item: string) {
    this.events.emit(new ItemAdded(item));
  }

  @On(ItemAdded)
  note({ item }: ItemAdded) {
    console.log(`in the basket: ${item}`);
  }
}

const makeBasket = (scope: ApplicationScope) => scope.attach(new Basket(scope.events));
makeBasket.inject = tokens('scope');

const app = createApplication();
await app.start();
const root = createInjector();

const request = app.open({ name: 'request 1' });
const injector = root
  .createChildInjector()
  .provideValue('scope', request)
  .provideFactory('basket', makeBasket);
request.scope.onDispose(() => injector.dispose());
injector.resolve('basket').add('a bell');
await request.scope.disposeAsync();
await app.stop();
