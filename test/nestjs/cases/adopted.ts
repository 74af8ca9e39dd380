/** Listeners of `@nestjs/event-emitter` and `@nestjs/cqrs`, unchanged. */
import assert from 'node:assert/strict';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  type OnModuleInit,
  Scope,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import {
  EventEmitter2,
  EventEmitterModule,
  EventEmitterReadinessWatcher,
  OnEvent,
} from '@nestjs/event-emitter';
import { Events, On } from 'carillon';
import { Carillon, CarillonModule } from 'carillon/nestjs';
import { type Cases, Log } from './support.js';

const heard: unknown[] = [];

class OrderPlaced {
  constructor(readonly id: string) {}
}

@Injectable()
class Shop implements OnModuleInit {
  constructor(private readonly emitter: EventEmitter2) {}

  onModuleInit() {
    this.emitter.emit('order.placed', { id: 'early' });
  }

  @OnEvent('order.placed')
  pack({ id }: { id: string }) {
    heard.push(`pack ${id}`);
    return id;
  }

  @OnEvent('order.*')
  @OnEvent(['stock', 'low'])
  watch({ id }: { id: string }) {
    heard.push(`watch ${id}`);
    return 'watched';
  }

  @OnEvent('several')
  several(...values: unknown[]) {
    heard.push(values);
  }

  @OnEvent('broken')
  async breakDown() {
    throw new Error('broken');
  }

  @OnEvent('broken.loudly', { suppressErrors: false })
  async breakLoudly() {
    throw new Error('loud');
  }

  @On('order.placed')
  own(order: unknown) {
    heard.push(`own ${(order as { id: string }).id}`);
  }
}

@Injectable({ scope: Scope.REQUEST })
class Visit {
  readonly seen: string[] = [];

  constructor(@Inject(REQUEST) readonly request: unknown) {}

  @OnEvent('visited', { suppressErrors: false })
  see({ page }: { page: string }) {
    this.seen.push(page);
    heard.push(`visit ${page} ${this.seen.length}`);
  }
}

@Controller()
class Pages {
  constructor(
    private readonly emitter: EventEmitter2,
    private readonly visit: Visit,
  ) {}

  @Get('page')
  async page() {
    await this.emitter.emitAsync('visited', { page: 'one' });
    await this.emitter.emitAsync('visited', { page: 'two' });
    return this.visit.seen.join();
  }
}

/** What `@EventsHandler(OrderPlaced)` of `@nestjs/cqrs` writes. */
@Injectable()
class OrderHandler {
  handle({ id }: OrderPlaced) {
    heard.push(`handle ${id}`);
  }
}
Reflect.defineMetadata('__eventsHandler__', [OrderPlaced], OrderHandler);

function moduleWith(providers: object[], log: Log, controllers: never[] = []) {
  heard.length = 0;
  class AppModule {}
  Module({
    imports: [CarillonModule.forRoot({ ...log.options, adoptOnEvent: true })],
    providers: providers as never,
    controllers,
  })(AppModule);
  return AppModule;
}

async function contextWith(log = new Log(), ...others: object[]) {
  const module = moduleWith([Shop, ...others], log);
  return NestFactory.createApplicationContext(module, { logger: false });
}

export const adopted: Cases = {
  'hears what onModuleInit has sent, by name, wildcard and list': async () => {
    const app = await contextWith();
    const early = [...heard];
    heard.length = 0;
    app.get(EventEmitter2).emit(['stock', 'low'], { id: '7' });
    await app.close();

    assert.deepEqual(early.sort(), ['own early', 'pack early', 'watch early']);
    assert.deepEqual(heard, ['watch 7']);
  },

  'several arguments arrive as such': async () => {
    const app = await contextWith();
    heard.length = 0;
    app.get(EventEmitter2).emit('several', 1, 'two', [3]);
    await app.close();

    assert.deepEqual(heard, [[1, 'two', [3]]]);
  },

  'Events reaches adopted listeners, and EventEmitter2 tells whether there was one': async () => {
    const app = await contextWith();
    heard.length = 0;
    app.get(Events).emit('order.placed', { id: '1' });
    const emitter = app.get(EventEmitter2);
    const told = [emitter.emit('order.placed', { id: '2' }), emitter.emit('nobody')];
    await app.close();

    assert.deepEqual(told, [true, false]);
    assert.equal(heard.length, 6);
  },

  'emitAsync gives what listeners return; an error is reported, unless suppressErrors is false':
    async () => {
      const log = new Log();
      const app = await contextWith(log);
      const emitter = app.get(EventEmitter2);
      const values = await emitter.emitAsync('order.placed', { id: '1' });
      const broken = await emitter.emitAsync('broken');
      emitter.emit('broken');
      await assert.rejects(emitter.emitAsync('broken.loudly'), /loud/);
      emitter.emit('broken.loudly');
      await new Promise((resolve) => setImmediate(resolve));
      await app.close();

      assert.deepEqual(values.filter(Boolean).sort(), ['1', 'watched']);
      assert.deepEqual(broken, [undefined]);
      assert.deepEqual(log.codes, ['CAR4001', 'CAR4001', 'CAR4001']);
      assert.match(log.errors[0]?.message ?? '', /Shop.breakDown failed on broken/);
    },

  'listeners are added and removed by hand': async () => {
    const app = await contextWith();
    const emitter = app.get(EventEmitter2);
    const seen: unknown[] = [];
    const listener = (...values: unknown[]) => void seen.push(values);
    emitter.on('hand', listener);
    emitter.emit('hand', 1, 2);
    emitter.off('hand', listener);
    emitter.emit('hand', 3);
    emitter.once('hand', listener);
    emitter.emit('hand', 4);
    emitter.emit('hand', 5);
    const waiting = emitter.waitFor('awaited');
    emitter.emit('awaited', 6, 7);
    assert.deepEqual(await waiting, [6, 7]);
    await app.close();

    assert.deepEqual(seen, [[1, 2], [4]]);
  },

  'CAR2024 what EventEmitter2 has and the façade has not is refused by name': async () => {
    const app = await contextWith();
    const emitter = app.get(EventEmitter2);
    assert.throws(() => emitter.onAny(() => {}), /CAR2024: EventEmitter2.onAny\(\)/);
    assert.throws(() => emitter.emit(Symbol('secret')), /CAR2024/);
    await app.close();
  },

  'CAR2023 a listener whose event Carillon cannot name is reported': async () => {
    @Injectable()
    class Odd {
      @OnEvent(Symbol('odd'))
      odd() {}

      @OnEvent('a..b')
      empty() {}
    }
    const log = new Log();
    const app = await contextWith(log, Odd);
    await app.close();

    assert.deepEqual(log.codes, ['CAR2023', 'CAR2023']);
    assert.match(log.errors[0]?.message ?? '', /Odd\.(odd|empty) listens to/);
  },

  'a request-scoped listener joins the request under way, and else is built for the event':
    async () => {
      const log = new Log();
      const module = moduleWith([Shop, Visit], log, [Pages] as never);
      const app = await NestFactory.create(module, { logger: false });
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as { port: number };
      heard.length = 0;
      const answer = await (await fetch(`http://127.0.0.1:${port}/page`)).text();
      await app.get(EventEmitter2).emitAsync('visited', { page: 'outside' });
      await app.get(EventEmitter2).emitAsync('visited', { page: 'again' });
      const { scopes } = app.get(Carillon).census();
      await app.close();

      assert.equal(answer, 'one,two');
      assert.deepEqual(heard, ['visit one 1', 'visit two 2', 'visit outside 1', 'visit again 1']);
      assert.ok(scopes <= 2, `${scopes} scopes`);
      assert.deepEqual(log.codes, []);
    },

  'a class with @EventsHandler hears what is published': async () => {
    const app = await contextWith(new Log(), OrderHandler);
    heard.length = 0;
    await app.get(Events).publish(new OrderPlaced('9'));
    await app.close();

    assert.deepEqual(heard, ['handle 9']);
  },

  'L1 nothing is heard after the end': async () => {
    const log = new Log();
    const app = await contextWith(log, OrderHandler);
    const emitter = app.get(EventEmitter2);
    await app.close();
    heard.length = 0;
    emitter.emit('order.placed', { id: 'late' });

    assert.deepEqual(heard, []);
    assert.equal(app.get(Carillon).census().handlers, 0);
  },

  'the readiness watcher waits for the start': async () => {
    const app = await contextWith();
    await app.get(EventEmitterReadinessWatcher).waitUntilReady();
    await app.close();
  },

  'CAR2022 refuses EventEmitterModule beside it': async () => {
    class AppModule {}
    Module({
      imports: [EventEmitterModule.forRoot(), CarillonModule.forRoot({ adoptOnEvent: true })],
    })(AppModule);
    await assert.rejects(
      NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false }),
      /CAR2022: EventEmitterModule/,
    );
  },

  'an application without adoptOnEvent leaves such listeners alone': async () => {
    heard.length = 0;
    class AppModule {}
    Module({
      imports: [CarillonModule.forRoot()],
      providers: [{ provide: Shop, useValue: new Shop({ emit: () => true } as never) }],
    })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    heard.length = 0;
    app.get(Events).emit('order.placed', { id: '1' });
    await app.close();

    assert.deepEqual(heard, ['own 1']);
  },
};
