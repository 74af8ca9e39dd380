/** typedi: what `Container.of` builds is attached to the scope of its request, and reset with it. */
import 'reflect-metadata';
import { Events, On } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { Container, Service } from 'typedi';

class ItemAdded {
  constructor(readonly item: string) {}
}

@Service()
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

const app = createApplication();
await app.start();

const { attach, scope } = openRequest('request 1');
attach(Basket).add('a bell');
await scope.disposeAsync();
await app.stop();

function openRequest(name: string) {
  const { events, scope } = app.open({ name });
  const container = Container.of(name).set(Events, events);
  scope.onDispose(() => void container.reset());
  const attach = <T extends object>(service: new (...needs: never[]) => T) =>
    app.attach(container.get(service), scope);
  return { attach, scope };
}
