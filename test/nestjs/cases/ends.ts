/** When Carillon starts, and in what order it ends. */
import assert from 'node:assert/strict';
import {
  Global,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Deferred, Events, On, Subscribe } from 'carillon';
import { Carillon, CarillonModule } from 'carillon/nestjs';
import { expectNoLiveHandlers } from 'carillon/testing';
import { type Cases, contextOf, Log, moduleOf } from './support.js';

class Rang {
  constructor(readonly when: string) {}
}

@Injectable()
class Bell {
  readonly heard: string[] = [];

  @On(Rang)
  hear({ when }: Rang) {
    this.heard.push(when);
  }
}

/** Sends at every moment of its life. */
@Injectable()
class Ringer
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  constructor(private readonly events: Events) {
    events.emit(new Rang('constructor'));
  }

  onModuleInit() {
    this.events.emit(new Rang('init'));
  }

  onApplicationBootstrap() {
    this.events.emit(new Rang('bootstrap'));
  }

  onModuleDestroy() {
    this.events.emit(new Rang('destroy'));
  }

  beforeApplicationShutdown() {
    this.events.emit(new Rang('before shutdown'));
  }

  onApplicationShutdown() {
    this.events.emit(new Rang('shutdown'));
  }
}

export const ends: Cases = {
  'E13 what constructors and onModuleInit send is heard, and what is sent until everybody has shut down':
    async () => {
      @Global()
      @Module({ providers: [Ringer] })
      class GlobalModule {}
      const log = new Log();
      const app = await contextOf({ imports: [GlobalModule], providers: [Bell] }, log.options);
      await app.close();

      assert.deepEqual(app.get(Bell).heard, [
        'constructor',
        'init',
        'bootstrap',
        'destroy',
        'before shutdown',
        'shutdown',
      ]);
      assert.deepEqual(log.codes, []);
    },

  'L1 nothing is heard after the end, and no handler is left': async () => {
    const log = new Log();
    const app = await contextOf({ providers: [Bell] }, log.options);
    await app.close();
    app.get(Events).emit(new Rang('late'));

    assert.deepEqual(app.get(Bell).heard, []);
    assert.deepEqual(log.codes, ['CAR3004']);
    expectNoLiveHandlers(app.get(Carillon));
  },

  'L4 close() may be called twice, at once and again': async () => {
    const app = await contextOf({ providers: [Bell] });
    await Promise.all([app.close(), app.close()]);
    await app.close();

    assert.equal(app.get(Carillon).census().handlers, 0);
  },

  'L2 the end waits for handlers and for what was deferred, before anybody of the others is shut down':
    async () => {
      const steps: string[] = [];

      @Injectable()
      class Slow implements OnApplicationShutdown {
        @Subscribe(Rang)
        async hear() {
          await new Promise((resolve) => setTimeout(resolve, 20));
          steps.push('published');
        }

        @Deferred(Rang)
        async take() {
          await new Promise((resolve) => setTimeout(resolve, 20));
          steps.push('deferred');
        }

        onApplicationShutdown() {
          steps.push('shutdown');
        }
      }
      const app = await contextOf({ providers: [Slow] });
      void app.get(Events).publish(new Rang('published'));
      await app.get(Events).defer(new Rang('deferred'));
      await app.close();

      assert.deepEqual(steps.filter((step) => step !== 'shutdown').sort(), [
        'deferred',
        'published',
      ]);
    },

  'takes no more work before the first onModuleDestroy, and ends after the last onApplicationShutdown':
    async () => {
      const steps: string[] = [];

      @Injectable()
      class Service implements OnModuleDestroy, OnApplicationShutdown {
        constructor(readonly carillon: Carillon) {
          const { application } = carillon;
          const quiesce = application.quiesce.bind(application);
          application.quiesce = async (options) => {
            steps.push('quiesced');
            await quiesce(options);
          };
          carillon.scope.onDispose(() => void steps.push('ended'));
        }

        onModuleDestroy() {
          steps.push('destroy');
        }

        onApplicationShutdown() {
          steps.push('shutdown');
        }
      }
      @Global()
      @Module({ providers: [Service] })
      class First {}
      const app = await NestFactory.createApplicationContext(moduleOf({ imports: [First] }), {
        logger: false,
      });
      await app.close();

      assert.deepEqual(steps, ['quiesced', 'destroy', 'shutdown', 'ended']);
    },

  'a start that fails rejects init(), and the end is clean all the same': async () => {
    const log = new Log();
    const broken = {
      attach: () => {
        throw new Error('no engine');
      },
    };
    const module = moduleOf({ providers: [Bell] }, { ...log.options, bus: broken as never });

    await assert.rejects(
      NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }),
      /no engine/,
    );
  },

  'testing modules: the instance that overrides a provider is the one that hears': async () => {
    const real = new Bell();
    const testing = await Test.createTestingModule({
      imports: [CarillonModule.forRoot()],
      providers: [Bell, { provide: 'other', useClass: Bell }],
    })
      .overrideProvider(Bell)
      .useValue({ heard: [] })
      .overrideProvider('other')
      .useValue(real)
      .compile();
    const app = await testing.init();
    app.get(Events).emit(new Rang('now'));
    await app.close();

    assert.deepEqual(real.heard, ['now']);
    assert.deepEqual(app.get(Bell).heard, []);
  },

  'forRootAsync makes its options of other providers': async () => {
    class Config {
      readonly name = 'shop';
    }
    @Module({ providers: [Config], exports: [Config] })
    class ConfigModule {}
    @Module({
      imports: [
        CarillonModule.forRootAsync({
          imports: [ConfigModule],
          inject: [Config],
          useFactory: async ({ name }: Config) => ({ name }),
        }),
      ],
      providers: [Bell],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });

    assert.equal(app.get(Carillon).scope.name, 'shop');
    await app.close();
  },

  'CAR7006 refuses options that are wrong, of forRoot and of a factory': async () => {
    assert.throws(
      () => CarillonModule.forRoot({ drian: '1s' } as never),
      /CAR7006: CarillonModule.forRoot\(\) has the unknown option drian. Did you mean drain\?/,
    );
    assert.throws(() => CarillonModule.forRoot({ global: 'yes' } as never), /CAR7006/);
    assert.throws(() => CarillonModule.forRootAsync({} as never), /CAR7006.*useFactory/);
    const late = CarillonModule.forRootAsync({ useFactory: () => ({ limt: 1 }) as never });
    class AppModule {}
    Module({ imports: [late] })(AppModule);
    await assert.rejects(
      NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false }),
      /CAR7006/,
    );
  },

  'CAR2022 refuses two of them in one application': async () => {
    const module = moduleOf({ imports: [CarillonModule.forRoot({ name: 'second' })] });
    await assert.rejects(
      NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }),
      /CAR2022/,
    );
  },

  'with global: false a module that does not import it cannot inject Events': async () => {
    @Module({ providers: [Ringer] })
    class Apart {}
    const module = moduleOf({ imports: [Apart] }, { global: false });
    await assert.rejects(
      NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }),
      /can't resolve dependencies of the Ringer/,
    );
  },
};
