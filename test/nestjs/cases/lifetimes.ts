/** What lives otherwise: tenants, lazy modules, classes per event, clients, messages; and what Nest tells nobody of. */
import assert from 'node:assert/strict';
import type { Server } from 'node:net';
import {
  Controller,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  Module,
  Scope,
} from '@nestjs/common';
import {
  type ContextId,
  ContextIdFactory,
  type HostComponentInfo,
  LazyModuleLoader,
  NestFactory,
  REQUEST,
} from '@nestjs/core';
import { Deferred, Events, Listener, On } from 'carillon';
import { Carillon, RequestScope } from 'carillon/nestjs';
import { type Cases, contextOf, handlersOf, Log, moduleOf } from './support.js';

class Rang {
  constructor(readonly note: string) {}
}

const heard: string[] = [];

@Injectable({ scope: Scope.REQUEST })
class Visit {
  @On(Rang)
  hear({ note }: Rang) {
    heard.push(`visit ${note}`);
  }
}

@Injectable()
class Ledger {
  @On(Rang)
  hear({ note }: Rang) {
    heard.push(`ledger ${note}`);
  }
}

async function turn(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

async function listening(app: INestApplication): Promise<number> {
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as { port: number }).port;
}

let built = 0;

@Listener({ activation: 'event' })
@Injectable({ scope: Scope.REQUEST })
class Billing {
  constructor(
    private readonly visit: Visit,
    private readonly ledger: Ledger,
    private readonly scope: RequestScope,
    @Inject(REQUEST) private readonly delivery: { event?: string },
  ) {
    built += 1;
  }

  @On('bill')
  bill() {
    this.scope.events.emit(new Rang('billed'));
    heard.push(`bill ${[this.visit, this.ledger].length} ${typeof this.delivery}`);
  }

  @Deferred('bill.later')
  async later() {
    throw new Error('no paper');
  }
}

export const lifetimes: Cases = {
  'W10 a class activated per event is built for each delivery, in a context of its own':
    async () => {
      heard.length = 0;
      built = 0;
      const log = new Log();
      const app = await contextOf({ providers: [Billing, Visit, Ledger] }, log.options);
      const before = built;
      for (const _ of [1, 2]) await app.get(Events).emitAsync('bill', undefined);
      const { scopes, handlers } = app.get(Carillon).census();
      await app.close();

      assert.deepEqual([before, built], [0, 2]);
      assert.deepEqual(
        heard,
        [1, 2].flatMap(() => ['visit billed', 'ledger billed', 'bill 2 object']),
      );
      assert.deepEqual([scopes, handlers], [1, 3]);
      assert.deepEqual(log.codes, []);
    },

  'CAR2021 a class per event that Nest builds ahead is reported': async () => {
    @Listener({ activation: 'event' })
    @Injectable()
    class Ahead {
      @On(Rang)
      hear() {
        heard.push('ahead');
      }
    }
    heard.length = 0;
    const log = new Log();
    const app = await contextOf({ providers: [Ahead] }, log.options);
    await app.get(Events).emitAsync(new Rang('x'));
    await app.close();

    assert.deepEqual(log.codes, ['CAR2021']);
    assert.deepEqual(heard, ['ahead']);
  },

  'CAR2020 a transient within what is built for a request is reported': async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Label {
      @On(Rang)
      hear() {}
    }
    @Injectable({ scope: Scope.REQUEST })
    class Basket {
      constructor(readonly label: Label) {}
    }
    Inject(Label)(Basket, undefined, 0);
    const log = new Log();
    const app = await contextOf({ providers: [Label, Basket] }, log.options);
    await app.close();

    assert.deepEqual(log.codes, ['CAR2020']);
    assert.match(log.errors[0]?.message ?? '', /Label is transient and injected into Basket/);
  },

  'a request-scoped factory is wired where it stands for a class, and reported (CAR2020) where not':
    async () => {
      heard.length = 0;
      const log = new Log();
      const app = await contextOf(
        {
          providers: [
            { provide: Visit, scope: Scope.REQUEST, useFactory: async () => new Visit() },
            { provide: 'nameless', scope: Scope.REQUEST, useFactory: () => new Visit() },
          ],
        },
        log.options,
      );
      const contextId = ContextIdFactory.create();
      const scope = await app.resolve(RequestScope, contextId);
      await app.resolve(Visit, contextId);
      await app.resolve('nameless', contextId);
      await app.resolve('nameless', ContextIdFactory.create());
      scope.events.emit(new Rang('1'));
      await scope.end();
      await app.close();

      assert.deepEqual(heard, ['visit 1']);
      assert.deepEqual(log.codes, ['CAR2020']);
    },

  'modules that are loaded later are wired': async () => {
    heard.length = 0;
    @Module({ providers: [Ledger] })
    class LazyModule {}
    const app = await contextOf({});
    await app.get(LazyModuleLoader).load(() => LazyModule);
    await app.get(LazyModuleLoader).load(() => LazyModule);
    app.get(Events).emit(new Rang('1'));
    await app.close();

    assert.deepEqual(heard, ['ledger 1']);
  },

  'durable instances have one scope for each tenant, until the application ends': async () => {
    heard.length = 0;
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Tenant {
      static count = 0;
      readonly number = ++Tenant.count;

      @On(Rang)
      hear({ note }: Rang) {
        heard.push(`tenant ${this.number} ${note}`);
      }
    }
    @Controller({ path: 'tenant', durable: true, scope: Scope.REQUEST })
    class Desk {
      constructor(private readonly tenant: Tenant) {}

      @Get()
      number() {
        return String(this.tenant.number);
      }
    }
    Inject(Tenant)(Desk, undefined, 0);
    const contexts = new Map<string, ContextId>();
    const strategy = {
      attach: (contextId: ContextId, request: { headers?: Record<string, string> }) => {
        const name = request.headers?.['x-tenant'] ?? 'none';
        const parent = contexts.get(name) ?? ContextIdFactory.create();
        contexts.set(name, parent);
        return (info: HostComponentInfo) => (info.isTreeDurable ? parent : contextId);
      },
    };
    const { strategy: before } = ContextIdFactory as unknown as { strategy: never };
    ContextIdFactory.apply(strategy as never);
    try {
      const app = await NestFactory.create(moduleOf({ controllers: [Desk], providers: [Tenant] }), {
        logger: false,
      });
      const port = await listening(app);
      const numbers: string[] = [];
      for (const name of ['a', 'b', 'a']) {
        const answer = await fetch(`http://127.0.0.1:${port}/tenant`, {
          headers: { 'x-tenant': name },
        });
        numbers.push(await answer.text());
      }
      const handlers = handlersOf(app);
      await app.close();

      assert.deepEqual(numbers, ['1', '2', '1']);
      assert.equal(handlers, 2);
      assert.equal(handlersOf(app), 0);
    } finally {
      ContextIdFactory.apply(before);
    }
  },

  'another application without CarillonModule uses the same classes unharmed': async () => {
    heard.length = 0;
    const first = await contextOf({ providers: [Visit, Ledger] });
    class PlainModule {}
    Module({ providers: [Visit, Ledger] })(PlainModule);
    const plain = await NestFactory.createApplicationContext(PlainModule, { logger: false });
    const visit = await plain.resolve(Visit);
    await plain.close();
    await first.close();

    assert.ok(visit instanceof Visit);
    assert.deepEqual(Object.getOwnPropertySymbols(visit), []);
  },

  'a testing module whose override makes a class static has it as a singleton': async () => {
    heard.length = 0;
    @Injectable()
    class Till {
      constructor(readonly visit: Visit) {}

      @On(Rang)
      hear({ note }: Rang) {
        heard.push(`till ${note}`);
      }
    }
    Inject(Visit)(Till, undefined, 0);
    const first = await contextOf({ providers: [Till, Visit] });
    await (await first.resolve(Till)).visit;
    await first.close();
    const { Test } = await import('@nestjs/testing');
    const testing = await Test.createTestingModule({
      imports: [moduleOf({ providers: [Till, Visit] })],
    })
      .overrideProvider(Visit)
      .useValue({})
      .compile();
    const app = await testing.init();
    app.get(Events).emit(new Rang('static'));
    await app.close();

    assert.deepEqual(heard, ['till static']);
  },

  'a message of a microservice has a scope, which ends with its handler': async () => {
    heard.length = 0;
    const { ClientProxyFactory, MessagePattern, Transport } = await import('@nestjs/microservices');
    class Desk {
      constructor(
        private readonly visit: Visit,
        private readonly events: Events,
      ) {}

      async ring(note: string) {
        await Promise.resolve();
        this.events.emit(new Rang(note));
        return typeof this.visit;
      }
    }
    Inject(Visit)(Desk, undefined, 0);
    Inject(Events)(Desk, undefined, 1);
    MessagePattern('ring')(
      Desk.prototype,
      'ring',
      Object.getOwnPropertyDescriptor(Desk.prototype, 'ring') as PropertyDescriptor,
    );
    Controller()(Desk);
    const options = { host: '127.0.0.1', port: 0 };
    const module = moduleOf({ controllers: [Desk], providers: [Visit, Ledger] });
    const app = await NestFactory.create(module, { logger: false });
    const service = app.connectMicroservice(
      { transport: Transport.TCP, options },
      { inheritAppConfig: true },
    );
    await app.startAllMicroservices();
    const { port } = service.unwrap<Server>().address() as { port: number };
    await app.init();
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { ...options, port },
    });
    const { firstValueFrom } = await import('rxjs');
    for (const note of ['one', 'two']) await firstValueFrom(client.send('ring', note));
    await turn(() => app.get(Carillon).census().scopes === 1);
    const { handlers } = app.get(Carillon).census();
    client.close();
    await app.close();

    assert.equal(handlers, 1);
    assert.deepEqual(heard, ['visit one', 'ledger one', 'visit two', 'ledger two']);
  },
};

/** In NestJS 11 a gateway is always a singleton. */
export const gateways: Cases = {
  'a client of a gateway has one scope, which ends with its socket': async () => {
    heard.length = 0;
    const { WebSocketGateway, SubscribeMessage } = await import('@nestjs/websockets');
    const { WsAdapter } = await import('@nestjs/platform-ws');
    const { WebSocket } = await import('ws');
    class Gateway {
      constructor(
        private readonly visit: Visit,
        private readonly events: Events,
      ) {}

      ring(_client: object, note: string) {
        this.events.emit(new Rang(note));
        return { event: 'rang', data: typeof this.visit };
      }
    }
    Inject(Visit)(Gateway, undefined, 0);
    Inject(Events)(Gateway, undefined, 1);
    SubscribeMessage('ring')(
      Gateway.prototype,
      'ring',
      Object.getOwnPropertyDescriptor(Gateway.prototype, 'ring') as PropertyDescriptor,
    );
    WebSocketGateway({ path: '/bell' })(Gateway);
    const app = await NestFactory.create(moduleOf({ providers: [Gateway, Visit, Ledger] }), {
      logger: false,
    });
    app.useWebSocketAdapter(new WsAdapter(app));
    const port = await listening(app);
    const client = new WebSocket(`ws://127.0.0.1:${port}/bell`);
    await new Promise((resolve) => client.once('open', resolve));
    for (const data of ['one', 'two']) {
      const answered = new Promise((resolve) => client.once('message', resolve));
      client.send(JSON.stringify({ event: 'ring', data }));
      await answered;
    }
    const during = app.get(Carillon).census().scopes;
    client.close();
    await turn(() => app.get(Carillon).census().scopes === 1);
    const { handlers } = app.get(Carillon).census();
    await app.close();

    assert.equal(during, 2);
    assert.equal(handlers, 1);
    assert.deepEqual(heard, ['visit one', 'ledger one', 'visit two', 'ledger two']);
  },
};
