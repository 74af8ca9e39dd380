/** What the adapter for tsyringe does besides the suite: decorators, disposal, containers above, requests. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type CarillonError, Events, Listener, On } from 'carillon';
import { requestScopes } from 'carillon/http';
import { describe as describeApplication } from 'carillon/observe';
import {
  addEvents,
  audit,
  census,
  type EventsOptions,
  openScope,
  quiesce,
  scopeOf,
  start,
  stop,
} from 'carillon/tsyringe';
import express from 'express';
import Fastify from 'fastify';
import {
  type DependencyContainer,
  delay,
  container as global,
  inject,
  injectable,
  Lifecycle,
  scoped,
  singleton,
} from 'tsyringe';

class Rang {
  constructor(readonly note: string) {}
}

@injectable()
class Bell {
  readonly heard: string[] = [];

  @On(Rang)
  hear({ note }: Rang) {
    this.heard.push(note);
  }
}

@singleton()
class Tower extends Bell {
  static built = 0;
  disposals = 0;

  constructor(readonly bell: Bell) {
    super();
    Tower.built += 1;
  }

  dispose() {
    this.disposals += 1;
  }
}

@scoped(Lifecycle.ContainerScoped)
class Basket extends Bell {}

@singleton()
class Clock extends Bell {
  constructor(@inject(delay(() => Tower)) readonly tower: Tower) {
    super();
  }
}

const roots: DependencyContainer[] = [];
const codes: string[] = [];
const onError = (error: CarillonError) => void codes.push(error.code);

afterEach(async () => {
  for (const root of roots.splice(0)) await stop(root, { drain: 0, abort: 0 });
  global.clearInstances();
  codes.length = 0;
});

function rootOf(options: EventsOptions = {}, container = global.createChildContainer()) {
  roots.push(container);
  return addEvents(container, { onError, ...options });
}

function ring(container: DependencyContainer, note: string): void {
  container.resolve(Events).emit(new Rang(note));
}

describe('carillon/tsyringe', () => {
  it('lists what is registered, here and above, with what it needs, and builds nothing', () => {
    const root = rootOf({ name: 'shop' });
    @injectable()
    class Till {
      constructor(
        readonly tower: Tower,
        @inject('rate') readonly rate: number,
        @inject(delay(() => Clock)) readonly clock: Clock,
      ) {}
    }
    root.register(Till, Till, { lifecycle: Lifecycle.ResolutionScoped });
    root.register('rate', { useValue: 7 });
    root.register('desk', { useToken: Till });
    root.register('shift', { useFactory: () => new Bell() });
    const before = Tower.built;

    const { services } = describeApplication(root);

    const listed = services.filter(({ name }) => name !== 'Clock' && name !== 'Basket');
    expect(
      listed.map(({ name, className, lifetime, needs }) => [
        `${name}: ${className}, ${lifetime}`,
        needs.map((need) => need.service ?? need.name),
      ]),
    ).toEqual([
      ['Till: Till, resolution', ['service:Tower', 'service:rate']],
      ['Tower: Tower, singleton', ['Bell']],
      ['desk: undefined, transient', ['service:Till']],
      ['rate: undefined, constant', []],
      ['shift: undefined, transient', []],
    ]);
    expect(Tower.built).toBe(before);
  });

  it('wires what decorators have registered, with what it holds, in the container of the application', async () => {
    const root = rootOf();
    const request = openScope(root);
    const tower = request.resolve(Tower);
    ring(request, 'asker');
    await request.dispose();
    ring(root, 'owner');

    expect([tower.heard, tower.bell.heard]).toEqual([['owner'], ['owner']]);
  });

  it('start() builds singletons that decorators have registered in the global container', async () => {
    const root = rootOf();

    const { built, failed } = await start(root);
    ring(root, 'rung');

    expect([built, failed]).toEqual([['Tower', 'Clock'], []]);
    expect([root.resolve(Tower).heard, root.resolve(Clock).heard]).toEqual([['rung'], ['rung']]);
  });

  it('wires what delay() stands for once it is used, in the owner', async () => {
    const root = rootOf();
    const request = openScope(root);
    const before = Tower.built;
    const { tower } = request.resolve(Clock);
    ring(root, 'early');
    const early = Tower.built - before;
    const heardByThen = [...tower.heard];
    await request.dispose();
    ring(root, 'late');

    expect([early, heardByThen, tower.heard]).toEqual([0, [], ['late']]);
  });

  it('a singleton of the global container is built again for the next application', async () => {
    const first = rootOf();
    const tower = first.resolve(Tower);
    await stop(first);
    const second = rootOf();
    const next = second.resolve(Tower);
    ring(second, 'rung');

    expect([tower.disposals, next === tower, next.disposals]).toEqual([1, false, 0]);
    expect([tower.heard, next.heard]).toEqual([[], ['rung']]);
  });

  it('two applications below the global container both reach its singleton, as long as each is there', async () => {
    const [first, second] = [rootOf(), rootOf()];
    const towers = [first, second].map((root) => root.resolve(Tower));
    for (const root of [first, second]) ring(root, 'both');
    await stop(second);
    ring(first, 'first');

    expect(towers[0]).toBe(towers[1]);
    expect(towers[0]?.heard).toEqual(['both', 'both', 'first']);
  });

  it('gives each scope its own of what is scoped to a container, also where it was registered later', async () => {
    const root = rootOf();
    const [one, other] = [openScope(root), openScope(root)];
    class Late extends Bell {}
    injectable()(Late);
    root.register(Late, Late, { lifecycle: Lifecycle.ContainerScoped });
    const later = openScope(root);
    const baskets = [one, other, root].map((container) => container.resolve(Basket));
    const lates = [later, root, one].map((container) => container.resolve(Late));
    ring(one, 'one');
    ring(later, 'later');
    await Promise.all([one, later].map((container) => container.dispose()));
    ring(root, 'root');

    expect(baskets.map(({ heard }) => heard)).toEqual([['one'], [], ['root']]);
    expect(lates.map(({ heard }) => heard)).toEqual([['later'], ['root'], ['root']]);
  });

  it('disposes the newest first, and all of them where one fails', async () => {
    const root = rootOf();
    const steps: string[] = [];
    const request = openScope(root);
    for (const name of ['database', 'repository', 'service']) {
      class Disposable {
        async dispose() {
          steps.push(`${name} begins`);
          await Promise.resolve();
          steps.push(`${name} ends`);
          if (name === 'repository') throw new Error('stuck');
        }
      }
      request.register(name, { useClass: Disposable }, { lifecycle: Lifecycle.Singleton });
      request.resolve(name);
    }

    await expect(request.dispose()).rejects.toMatchObject({ code: 'CAR3003' });

    expect(steps).toEqual(
      ['service', 'repository', 'database'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
    expect(() => request.resolve('database')).toThrow('has been disposed');
  });

  it('disposes what was built before it got its events', async () => {
    const container = global.createChildContainer();
    let disposals = 0;
    class Disposable {
      dispose() {
        disposals += 1;
      }
    }
    container.register('early', { useClass: Disposable }, { lifecycle: Lifecycle.Singleton });
    container.resolve('early');

    await stop(addEvents(container));

    expect(disposals).toBe(1);
  });

  it('a singleton that children hold stays their parent’s when that is reset', async () => {
    const root = rootOf();
    root.register('bell', { useClass: Tower }, { lifecycle: Lifecycle.Singleton });
    root.register('bell', { useClass: Basket }, { lifecycle: Lifecycle.ContainerScoped });
    const [first, second] = [openScope(root), openScope(root)];
    root.reset();
    const [tower] = first.resolveAll<Tower>('bell') as [Tower];
    expect(second.resolveAll('bell')[0]).toBe(tower);

    await first.dispose();
    ring(root, 'root');

    expect(tower).toMatchObject({ heard: ['root'], disposals: 0 });
    await stop(root);
    expect(tower.disposals).toBe(1);
  });

  it('what is forgotten hears nothing, by clearInstances() and by reset()', async () => {
    for (const forget of ['clearInstances', 'reset'] as const) {
      const root = rootOf();
      root.registerSingleton('bell', Bell);
      root.registerInstance('constant', new Bell());
      const deliveries: string[] = [];
      @Listener({ activation: 'event' })
      class PerEvent {
        @On(Rang)
        hear({ note }: Rang) {
          deliveries.push(note);
        }
      }
      root.register(PerEvent, PerEvent);
      const bells = ['bell', 'constant'].map((token) => root.resolve<Bell>(token));

      root[forget]();
      ring(root, 'after');

      expect(bells.map(({ heard }) => heard)).toEqual([[], []]);
      expect(deliveries).toEqual(forget === 'reset' ? [] : ['after']);
    }
  });

  it('clearInstances() builds a singleton again, which hears', () => {
    const root = rootOf();
    root.registerSingleton('bell', Bell);
    const before = root.resolve<Bell>('bell');
    root.clearInstances();
    const after = root.resolve<Bell>('bell');
    ring(root, 'rung');

    expect([before.heard, after.heard]).toEqual([[], ['rung']]);
  });

  it('fills the scope of a delivery by onOpen, before the class is built', async () => {
    const seen: string[] = [];
    @Listener({ activation: 'event' })
    @injectable()
    class Billing {
      constructor(@inject('trace') private readonly trace: string) {}

      @On(Rang)
      bill({ note }: Rang) {
        seen.push(`${note} ${this.trace}`);
      }
    }
    const root = rootOf({
      onOpen: async (scope, { event }) => {
        await Promise.resolve();
        scope.registerInstance('trace', `trace of ${event}`);
      },
    });
    root.register('billing', Billing);
    root.register('again', Billing);
    await root.resolve(Events).emitAsync(new Rang('one'));

    expect(seen).toEqual(['one trace of Rang']);
  });

  it('resolveAll() wires each', () => {
    const root = rootOf();
    for (const name of ['one', 'two'])
      root.register('bell', { useValue: Object.assign(new Bell(), { name }) });
    const bells = openScope(root).resolveAll<Bell>('bell');
    ring(root, 'rung');

    expect(bells.map(({ heard }) => heard)).toEqual([['rung'], ['rung']]);
  });

  it('quiesce(), census() and audit() see the application', async () => {
    const root = rootOf();
    await start(root);
    const request = openScope(root, { name: 'request 7' });
    request.resolve(Basket);
    const { handlers, scopes } = census(root);

    expect([handlers, scopes]).toEqual([4, 2]);
    expect(String(audit(request))).toContain('request 7');
    await quiesce(root);
    await stop(root);
    expect(census(root)).toMatchObject({ handlers: 0, scopes: 0 });
  });

  it('refuses what it cannot work with', () => {
    const root = rootOf({ name: 'tower' });
    const code = (action: () => unknown) => {
      try {
        return action();
      } catch (error) {
        return [(error as CarillonError).code, (error as CarillonError).message];
      }
    };

    expect(code(() => addEvents(root))).toEqual(['CAR2005', expect.anything()]);
    expect(code(() => addEvents(openScope(root)))).toEqual(['CAR2005', expect.anything()]);
    expect(code(() => addEvents({} as DependencyContainer))).toEqual([
      'CAR2013',
      expect.anything(),
    ]);
    expect(code(() => rootOf({ buss: 1 } as EventsOptions))).toEqual([
      'CAR7004',
      expect.stringContaining('buss'),
    ]);
    for (const bad of [undefined, {}, () => root, Promise.resolve(root)])
      expect(code(() => openScope(bad as never))).toEqual(['CAR2013', expect.anything()]);
    expect(code(() => openScope(global))).toEqual([
      'CAR2001',
      expect.stringContaining('addEvents'),
    ]);
    expect(code(() => scopeOf(root.createChildContainer()))).toEqual([
      'CAR2001',
      expect.stringContaining('"tower"'),
    ]);
    expect(code(() => openScope(root, { drain: -1 }))).toEqual(['CAR7001', expect.anything()]);
    roots.pop();
  });

  it('leaves a plain child as tsyringe made it, but for handlers, which it reports', async () => {
    const root = rootOf();
    const child = root.createChildContainer();
    let disposals = 0;
    class Disposable {
      dispose() {
        disposals += 1;
      }
    }
    child.register('disposable', { useClass: Disposable });
    child.resolve('disposable');
    child.resolve(Bell);
    await child.dispose();

    expect([disposals, codes]).toEqual([1, ['CAR2004']]);
  });
});

/** A route that hears its own request's events only, and answers with what it has heard. */
function answerOf(container: DependencyContainer): string {
  const basket = container.resolve(Basket);
  ring(container, 'item');
  return basket.heard.join();
}

const SERVERS: Readonly<
  Record<
    string,
    (root: DependencyContainer) => Promise<{ port: number; close(): Promise<unknown> }>
  >
> = {
  async Express(root) {
    const scopes = requestScopes(root);
    const app = express().use(scopes.express());
    app.get(
      '/',
      scopes.handler((container, _: express.Request, response: express.Response) => {
        response.send(answerOf(container));
      }),
    );
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = async () => {
      await new Promise((resolve) => server.close(resolve));
      await scopes.settled();
    };
    return { port: (server.address() as AddressInfo).port, close };
  },

  async Fastify(root) {
    const scopes = requestScopes(root);
    const app = Fastify();
    await app.register(scopes.fastify());
    app.get('/', async () => answerOf(scopes.current as DependencyContainer));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const close = async () => {
      await app.close();
      await scopes.settled();
    };
    return { port: (app.server.address() as AddressInfo).port, close };
  },
};

describe('requestScopes() of a container of tsyringe', () => {
  it.each(Object.entries(SERVERS))('gives each request of %s a container', async (_, serve) => {
    const root = rootOf();
    const outside = root.resolve(Bell);
    const { port, close } = await serve(root);
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    const answers = await Promise.all([ask(), ask(), ask()]);
    await close();

    expect(answers).toEqual(['item', 'item', 'item']);
    expect([outside.heard, census(root).scopes]).toEqual([[], 1]);
  });
});
