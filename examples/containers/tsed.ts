/** Ts.ED: a hook reports each instance, which is attached to the scope of its request's container, or to the application. */
import 'reflect-metadata';
import { Injectable, injector, LocalsContainer, type ProviderOpts, ProviderScope } from '@tsed/di';
import { $on } from '@tsed/hooks';
import { Events, On } from 'carillon';
import { type ApplicationScope, createApplication } from 'carillon/adapter';

class ItemAdded {
  constructor(readonly item: string) {}
}

@Injectable({ scope: ProviderScope.REQUEST })
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
const scopes = new WeakMap<object, ApplicationScope>();
$on('$afterInvoke', (instance: unknown, { locals, provider }: Invoked) => {
  const opened = provider.scope === ProviderScope.SINGLETON ? undefined : scopes.get(locals);
  if (typeof instance === 'object' && instance !== null) (opened ?? app).attach(instance);
});
await injector().load();
await app.start();

const request = app.open({ name: 'request 1' });
const locals = new LocalsContainer();
locals.set(Events, request.events);
scopes.set(locals, request);
injector().invoke<Basket>(Basket, { locals }).add('a bell');
await locals.destroy();
await request.scope.disposeAsync();
await app.stop();

interface Invoked {
  readonly locals: LocalsContainer;
  readonly provider: ProviderOpts;
}
