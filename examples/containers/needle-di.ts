/** needle-di: classes attach themselves when they are built, to the scope of the container that builds them. */
import 'reflect-metadata';
import { Container, InjectionToken, inject } from '@needle-di/core';
import { On } from 'carillon';
import { type ApplicationScope, createApplication } from 'carillon/adapter';

class ItemAdded {
  constructor(readonly item: string) {}
}

const SCOPE = new InjectionToken<ApplicationScope>('scope');

class Basket {
  private readonly events = inject(SCOPE).events;

  constructor() {
    inject(SCOPE).attach(this);
  }

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

const request = app.open({ name: 'request 1' });
const container = new Container().createChild();
container.bindAll({ provide: SCOPE, useValue: request }, { provide: Basket, useClass: Basket });
container.get(Basket).add('a bell');
await request.scope.disposeAsync();
await app.stop();
