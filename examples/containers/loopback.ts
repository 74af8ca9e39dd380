/** LoopBack: each binding attaches what it gives to the scope of the context that it belongs to. */
import 'reflect-metadata';
import { BindingScope, Context, inject, transformValueOrPromise } from '@loopback/context';
import { type Events, On } from 'carillon';
import { type ApplicationScope, createApplication } from 'carillon/adapter';

class ItemAdded {
  constructor(readonly item: string) {}
}

class Basket {
  constructor(@inject('events') private readonly events: Events) {}

  add(item: string) {
    this.events.emit(new ItemAdded(item));
  }

  @On(ItemAdded)
  note({ item }: ItemAdded) {
    console.log(`in the basket: ${item}`);
  }
}

const app = createApplication();
const opened = new WeakMap<Context, ApplicationScope>();
const root = new Context('application');
root.on('bind', ({ binding }) => {
  const getValue = binding.getValue.bind(binding);
  const attached = (asker: Context, options = {}) =>
    transformValueOrPromise(getValue(asker, options), (value) => {
      const owner = opened.get(asker.getResolutionContext(binding) ?? root) ?? app;
      return typeof value === 'object' && value !== null ? owner.attach(value) : value;
    });
  Object.assign(binding, { getValue: attached });
});
root.bind('basket').toClass(Basket).inScope(BindingScope.REQUEST);
await app.start();

const request = new Context(root, 'request 1');
request.scope = BindingScope.REQUEST;
opened.set(request, app.open({ name: request.name }));
request.bind('events').to(opened.get(request)?.events);
(await request.get<Basket>('basket')).add('a bell');
await opened.get(request)?.scope.disposeAsync();
await app.stop();
