/** AdonisJS: its container reports to an emitter what it gives, which belongs to the request under way. Singletons are made before. */
import 'reflect-metadata';
import { Container, inject } from '@adonisjs/fold';
import { Events, On } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { requestScopes } from 'carillon/http';

class ItemAdded {
  constructor(readonly item: string) {}
}

@inject()
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
const scopes = requestScopes(app);
const emitter = {
  emit(_: string | symbol, { value }: { readonly value: unknown }) {
    if (typeof value !== 'object' || value === null || app.isAttached(value)) return;
    (scopes.current ?? app).attach(value);
  },
};
const container = new Container({ emitter });
await app.start();

const handle = scopes.run('request 1', async ({ events }) => {
  const resolver = container.createResolver();
  resolver.bindValue(Events, events);
  (await resolver.make(Basket)).add('a bell');
});
await handle();
await app.stop();
