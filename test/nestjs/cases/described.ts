/** What `describe()` reads of a Nest application, which has not been started. */
import assert from 'node:assert/strict';
import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Emits, Events, On } from 'carillon';
import { Carillon } from 'carillon/nestjs';
import { describe } from 'carillon/observe';
import { type Cases, Log, moduleOf } from './support.js';

class OrderPlaced {
  constructor(readonly id: string) {}
}

@Injectable()
class Shop {
  constructor(
    readonly events: Events,
    @Inject('limit') readonly limit: number,
  ) {}

  @Emits(OrderPlaced)
  place() {}

  onModuleInit() {
    throw new Error('it is not started');
  }
}

class Stock {
  @On(OrderPlaced)
  take() {}
}

class Ledger {
  @On(OrderPlaced)
  book() {}
}

@Injectable({ scope: Scope.REQUEST })
class Basket {
  constructor(readonly shop: Shop) {}

  @On(OrderPlaced)
  empty() {}
}

@Injectable({ scope: Scope.TRANSIENT })
class Label {
  @On(OrderPlaced)
  print() {}
}

@Controller()
class Desk {
  constructor(readonly basket: Basket) {}
}

export const described: Cases = {
  'describe() has the services of all modules, without their start': async () => {
    const AppModule = moduleOf(
      {
        controllers: [Desk],
        providers: [
          Shop,
          Basket,
          Label,
          { provide: 'stock', useFactory: () => new Stock() },
          { provide: 'alias', useExisting: Shop },
          { provide: 'ledger', useValue: new Ledger() },
          { provide: 'limit', useValue: 7 },
        ],
      },
      { ...new Log().options, name: 'shop' },
    );
    const app = await NestFactory.create(AppModule, { logger: false });
    const { services, handlers, emitters } = describe(app.get(Carillon));

    const lifetimes = services.map(({ name, lifetime }) => `${name} ${lifetime}`);
    assert.deepEqual(
      lifetimes.filter((text) => !text.startsWith('AppModule')),
      [
        'Basket scoped',
        'Desk scoped',
        'Label transient',
        'Shop singleton',
        'ledger constant',
        'limit constant',
        'stock singleton',
      ],
    );
    assert.deepEqual(
      services.find(({ name }) => name === 'Shop')?.needs.map(({ name }) => name),
      ['Events', 'limit'],
    );
    assert.deepEqual(services.find(({ name }) => name === 'Desk')?.needs, [
      { name: 'Basket', service: 'service:Basket' },
    ]);
    assert.deepEqual(
      handlers.map(({ className, method }) => `${className}.${method}`),
      ['Basket.empty', 'Label.print', 'Ledger.book', 'Stock.take'],
    );
    assert.deepEqual(
      emitters.map(({ id }) => id),
      ['emitter:Shop.place'],
    );
  },

  'describe() has the same services once the application has started': async () => {
    const AppModule = moduleOf({ providers: [Basket, { provide: Shop, useValue: 'a shop' }] });
    const app = await NestFactory.create(AppModule, { logger: false });
    const before = describe(app.get(Carillon));
    await app.init();
    const after = describe(app.get(Carillon));
    await app.close();

    assert.deepEqual(after.services, before.services);
    assert.deepEqual(after.handlers, before.handlers);
  },
};
