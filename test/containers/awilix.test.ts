/** What the adapter for awilix does besides the suite: the cradle, disposers, singletons of scopes, strict mode, requests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type AwilixContainer,
  aliasTo,
  asFunction,
  asValue,
  asClass as awilixClass,
  type ContainerOptions,
  createContainer,
} from 'awilix';
import { type CarillonError, type Events, Listener, On } from 'carillon';
import {
  addEvents,
  asClass,
  audit,
  census,
  type EventsCradle,
  type EventsOptions,
  openScope,
  quiesce,
  type ScopedContainer,
  scopeOf,
  start,
  stop,
} from 'carillon/awilix';
import { requestScopes } from 'carillon/http';
import { describe as describeApplication } from 'carillon/observe';
import express from 'express';
import Fastify from 'fastify';
import { isCollected } from '../support/collected.js';

class Rang {
  constructor(readonly note: string) {}
}

class Bell {
  readonly heard: string[] = [];

  @On(Rang)
  hear({ note }: Rang) {
    this.heard.push(note);
  }
}

class Silent {}

type Root = AwilixContainer<Record<string, unknown> & EventsCradle>;

const roots: Root[] = [];
const codes: string[] = [];
const onError = (error: CarillonError) => void codes.push(error.code);

afterEach(async () => {
  for (const root of roots.splice(0)) await stop(root, { drain: 0, abort: 0 });
  codes.length = 0;
});

function rootOf(options: EventsOptions = {}, settings: ContainerOptions = {}): Root {
  const root = addEvents(createContainer<Record<string, unknown>>(settings), {
    onError,
    ...options,
  });
  roots.push(root);
  return root;
}

function ring({ cradle }: { readonly cradle: object }, note: string): void {
  (cradle as EventsCradle).events.emit(new Rang(note));
}

describe('carillon/awilix', () => {
  it('lists what is registered, and builds nothing', () => {
    const root = rootOf({ name: 'shop' });
    let built = 0;
    class Tower extends Bell {
      constructor() {
        super();
        built += 1;
      }
    }
    root.register({
      tower: asClass(Tower).singleton(),
      basket: asClass(Bell).scoped(),
      rate: asValue(7),
      shift: asFunction(() => new Bell()),
    });

    const { services, handlers } = describeApplication(root);

    expect(services.map(({ name, className, lifetime }) => [name, className, lifetime])).toEqual([
      ['basket', 'Bell', 'scoped'],
      ['rate', undefined, 'constant'],
      ['shift', undefined, 'transient'],
      ['tower', 'Tower', 'singleton'],
    ]);
    expect(handlers.map(({ id }) => id)).toHaveLength(2);
    expect(built).toBe(0);
  });

  it('gives what the scope that asks has, by PROXY and by CLASSIC', () => {
    for (const injectionMode of ['PROXY', 'CLASSIC'] as const) {
      const root = rootOf({}, { injectionMode });
      const destructured = ({ events, scope }: EventsCradle) => ({ events, scope });
      const byName = (events: Events, scope: unknown) => ({ events, scope });
      const used = injectionMode === 'PROXY' ? asFunction(destructured) : asFunction(byName);
      root.register({ used: used.transient() });
      const request = openScope(root, { name: 'request' });
      const got = request.resolve('used') as EventsCradle;

      expect([got.scope.name, got.events]).toEqual(['request', request.cradle.events]);
    }
  });

  it('leaves names that are taken to the program', () => {
    const container = createContainer().register({ events: asValue('mine') });
    const { cradle } = addEvents(container);

    expect(cradle.events).toBe('mine');
    expect(cradle.scope.state).toBe('open');
  });

  it('start() builds singletons with handlers, and those of which the class is not known', async () => {
    const root = rootOf();
    const built: string[] = [];
    const noted = (name: string) =>
      class extends Bell {
        constructor() {
          super();
          built.push(name);
        }
      };
    class Quiet extends Silent {
      constructor() {
        super();
        built.push('quiet');
      }
    }
    root.register({
      known: asClass(noted('known')).singleton(),
      unknown: awilixClass(noted('unknown')).singleton(),
      made: asFunction(() => new (noted('made'))()).singleton(),
      quiet: asClass(Quiet).singleton(),
      scoped: asClass(noted('scoped')).scoped(),
      transient: asClass(noted('transient')),
      constant: asValue(new Bell()),
      number: asValue(7),
      other: aliasTo('known'),
    });

    const report = await start(root);

    expect(built).toEqual(['known', 'unknown', 'made']);
    expect(report).toEqual({ built: ['known', 'unknown', 'made', 'constant'], failed: [] });
    expect(census(root).handlers).toBe(4);
  });

  it('loadModules() registers what is wired', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-awilix-'));
    try {
      writeFileSync(join(folder, 'tower.mjs'), 'export default () => globalThis.makeBell();');
      const bell = new Bell();
      Object.assign(globalThis, { makeBell: () => bell });
      const root = rootOf();
      await root.loadModules(['*.mjs'], {
        cwd: folder,
        esModules: true,
        resolverOptions: { lifetime: 'SINGLETON' },
      });

      const { built } = await start(root);
      ring(root, 'rung');

      expect([built, bell.heard]).toEqual([['tower'], ['rung']]);
    } finally {
      rmSync(folder, { recursive: true });
      Reflect.deleteProperty(globalThis, 'makeBell');
    }
  });

  it('build() wires what it builds in the container that is asked', async () => {
    const root = rootOf();
    const request = openScope(root);
    const bells = [request.build(Bell), request.build(awilixClass(Bell)), root.build(Bell)];
    ring(request, 'request');
    await request.dispose();
    ring(root, 'root');

    expect(bells.map(({ heard }) => heard)).toEqual([['request'], ['request'], ['root']]);
  });

  it('keeps a singleton of a scope to that scope and those below it', async () => {
    const root = rootOf();
    const [one, other] = [openScope(root), openScope(root)];
    const below = openScope(one);
    for (const container of [one, other]) container.register({ bell: asClass(Bell).singleton() });
    const bells = [one, below, other].map((container) => container.resolve<Bell>('bell'));
    ring(one, 'one');
    await one.dispose();
    ring(other, 'other');

    expect(bells[0]).toBe(bells[1]);
    expect([bells[0]?.heard, bells[2]?.heard]).toEqual([['one'], ['other']]);
    expect(root.cache.size).toBe(0);
  });

  it('gives a singleton the cradle of the root, whichever scope asks first', () => {
    const root = rootOf();
    root.register({
      name: asValue('root'),
      holder: asFunction((cradle: { name: string }) => ({ name: () => cradle.name })).singleton(),
    });
    const request = openScope(root);
    request.register({ name: asValue('request') });

    expect(request.resolve<{ name(): string }>('holder').name()).toBe('root');
  });

  it('disposes the newest first, and all of them where one fails', async () => {
    const root = rootOf();
    const steps: string[] = [];
    const request = openScope(root);
    for (const name of ['database', 'repository', 'service']) {
      const disposer = async () => {
        steps.push(`${name} begins`);
        await Promise.resolve();
        steps.push(`${name} ends`);
        if (name === 'repository') throw new Error('stuck');
      };
      request.register(name, asClass(Silent).scoped().disposer(disposer));
      request.resolve(name);
    }

    await expect(request.dispose()).rejects.toMatchObject({ code: 'CAR3003' });

    expect(steps).toEqual(
      ['service', 'repository', 'database'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
    expect(request.cache.size).toBe(0);
  });

  it('disposes once what was built before it got its events, and while its scope ends', async () => {
    const disposed: string[] = [];
    const container = createContainer<Record<string, unknown>>();
    const disposable = (name: string) =>
      asClass(Silent)
        .singleton()
        .disposer(() => void disposed.push(name));
    container.register({ early: disposable('early'), late: disposable('late') });
    container.resolve('early');
    const root = addEvents(container);
    const { scope } = root.cradle;
    scope.onDispose(() => void root.resolve('late'));

    await stop(root);

    expect(disposed).toEqual(['early', 'late']);
  });

  it('disposes once what a scope builds while it ends, wherever it was registered', async () => {
    const disposed: string[] = [];
    const disposable = (name: string) =>
      asClass(Silent)
        .scoped()
        .disposer(() => void disposed.push(name));
    const root = rootOf().register({ above: disposable('above') });
    const request = openScope(root).register({ own: disposable('own') });
    scopeOf(request).onDispose(() => {
      request.resolve('above');
      request.resolve('own');
    });

    await request.dispose();

    expect(disposed).toEqual(['above', 'own']);
    expect(request.cache.size).toBe(0);
  });

  it('disposes what each plain scope keeps, also where they keep the same', async () => {
    const disposed: string[] = [];
    const pool = asFunction(() => 'pool')
      .scoped()
      .disposer((name) => void disposed.push(name));
    const root = rootOf();
    root.register({ pool, other: pool });
    const scopes = [root.createScope(), openScope(root).createScope()];
    for (const scope of scopes) {
      scope.resolve('pool');
      scope.resolve('other');
    }
    for (const scope of scopes) await scope.dispose();
    expect(disposed).toEqual(['pool', 'pool', 'pool', 'pool']);
    await scopes[0]?.dispose();
    expect(disposed).toHaveLength(4);
  });

  it('disposes at the root’s end a singleton of a plain scope', async () => {
    const disposed: string[] = [];
    const root = rootOf();
    const plain = root.createScope();
    plain.register({
      pool: asFunction(() => 'pool')
        .singleton()
        .disposer((name) => void disposed.push(name)),
    });
    plain.resolve('pool');
    await plain.dispose();
    expect(disposed).toEqual([]);
    await stop(root);
    expect(disposed).toEqual(['pool']);
  });

  it('disposes what was built after the end of its scope when that is disposed again', async () => {
    const disposed: string[] = [];
    const root = rootOf();
    root.register({
      late: asFunction(() => 'late')
        .scoped()
        .disposer((name) => void disposed.push(name)),
    });
    const request = openScope(root);
    await request.dispose();
    request.resolve('late');
    await request.dispose();
    await request.dispose();
    expect(disposed).toEqual(['late']);
  });

  it('holds nothing that a plain scope has built', async () => {
    const root = rootOf();
    root.register({
      built: asFunction(() => ({}))
        .scoped()
        .disposer(() => undefined),
    });
    const built = new WeakRef(root.createScope().resolve<object>('built'));

    expect(await isCollected(built)).toBe(true);
  });

  it('keeps the methods that the program has given its containers by a prototype', () => {
    class Named {
      declare readonly resolve: AwilixContainer['resolve'];

      name(): string {
        return this.resolve('name');
      }
    }
    const bare = Object.setPrototypeOf(createContainer(), Named.prototype) as AwilixContainer;
    const { createScope } = bare;
    bare.createScope = () => Object.setPrototypeOf(createScope(), Named.prototype);
    const root = addEvents(bare, { onError });
    root.register({ name: asValue('a bell') });
    expect((root as unknown as Named).name()).toBe('a bell');
    const request = openScope(root, { name: 'request' });
    expect((request as unknown as Named).name()).toBe('a bell');
    expect(scopeOf(request).name).toBe('request');
  });

  it('gives by a registration without a container what needs none', () => {
    const root = rootOf();
    root.register({ one: asFunction(() => 1, { injectionMode: 'CLASSIC' }) });
    const registration = root.getRegistration('one') as unknown as { resolve(): number };
    expect(registration.resolve()).toBe(1);
  });

  it('disposes what a resolver of the program’s has put into the cache of a scope', async () => {
    const disposed: unknown[] = [];
    const request = openScope(rootOf());
    const resolver = { resolve: () => 'given', dispose: (value: unknown) => disposed.push(value) };
    request.cache.set('given', { resolver, value: 'given' });

    await request.dispose();

    expect(disposed).toEqual(['given']);
  });

  it('wires what was built before it got its events', () => {
    const container = createContainer<Record<string, Bell>>().register({
      bell: asClass(Bell).singleton(),
    });
    const { bell } = container.cradle;
    roots.push(addEvents(container, { onError }) as never);
    ring(container as never, 'rung');

    expect(bell.heard).toEqual(['rung']);
  });

  it('holds with strict: true', async () => {
    const root = rootOf({}, { strict: true });
    root.register({
      bell: asClass(Bell).singleton(),
      basket: asClass(Bell).scoped(),
      sender: asFunction(({ events }: EventsCradle) => ({ events })).singleton(),
      captive: asFunction(({ basket }: { basket: object }) => ({ basket })).singleton(),
    });
    const request = openScope(root);
    const [bell, basket] = ['bell', 'basket'].map((name) => request.resolve<Bell>(name));
    ring(request, 'request');
    await request.dispose();
    root.resolve<EventsCradle>('sender').events.emit(new Rang('root'));

    expect([bell?.heard, basket?.heard]).toEqual([['root'], ['request']]);
    expect(() => openScope(root).register({ own: asClass(Bell).singleton() })).toThrow(
      'Cannot register a singleton on a scoped container',
    );
    expect(() => root.resolve('captive')).toThrow('shorter lifetime');
  });

  it('a class that is activated per event is replaced with its name, and begins again with its scope', async () => {
    const heard: string[] = [];
    const perEvent = (name: string) => {
      @Listener({ activation: 'event' })
      class PerEvent {
        @On(Rang)
        hear({ note }: Rang) {
          heard.push(`${name} ${note}`);
        }
      }
      return asClass(PerEvent);
    };
    const root = rootOf();
    root.register('billing', perEvent('old'));
    root.register('billing', perEvent('new'));
    const child = openScope(root);
    child.register('own', perEvent('child'));
    ring(root, 'one');
    ring(child, 'two');
    await child.dispose();
    child.register('other', asValue(1));
    ring(child, 'three');

    expect(heard).toEqual(['new one', 'child two', 'child three']);
  });

  it('fills the scope of a delivery by onOpen, and disposes the class after it', async () => {
    const seen: string[] = [];
    @Listener({ activation: 'event' })
    class Billing {
      readonly #trace: string;

      constructor({ trace }: { trace: string }) {
        this.#trace = trace;
      }

      @On(Rang)
      bill({ note }: Rang) {
        seen.push(`${note} ${this.#trace}`);
      }
    }
    const root = rootOf({
      onOpen: async (scope: ScopedContainer, { event }) => {
        await Promise.resolve();
        scope.register('trace', asValue(`trace of ${event}`));
      },
    });
    root.register({ billing: asClass(Billing).disposer(() => void seen.push('disposed')) });
    await root.cradle.events.emitAsync(new Rang('one'));
    await new Promise((resolve) => setImmediate(resolve));

    expect(seen).toEqual(['one trace of Rang', 'disposed']);
  });

  it('quiesce(), census() and audit() see the application', async () => {
    const root = rootOf();
    root.register({ basket: asClass(Bell).scoped() });
    await start(root);
    const request = openScope(root, { name: 'request 7' });
    request.resolve('basket');
    const { handlers, scopes } = census(root);

    expect([handlers, scopes]).toEqual([1, 2]);
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
    expect(code(() => addEvents(root.createScope()))).toEqual(['CAR2005', expect.anything()]);
    expect(code(() => addEvents({} as never))).toEqual(['CAR2013', expect.anything()]);
    expect(code(() => rootOf({ buss: 1 } as EventsOptions))).toEqual([
      'CAR7004',
      expect.stringContaining('buss'),
    ]);
    for (const bad of [undefined, {}, () => root, Promise.resolve(root)])
      expect(code(() => openScope(bad as never))).toEqual(['CAR2013', expect.anything()]);
    expect(code(() => openScope(createContainer()))).toEqual([
      'CAR2001',
      expect.stringContaining('addEvents'),
    ]);
    expect(code(() => scopeOf(root.createScope()))).toEqual([
      'CAR2001',
      expect.stringContaining('"tower"'),
    ]);
    expect(code(() => openScope(root, { drain: -1 }))).toEqual(['CAR7001', expect.anything()]);
  });
});

/** A route that hears its own request's events only, and answers with what it has heard. */
function answerOf(container: Pick<Root, 'cradle' | 'resolve'>): string {
  const basket = container.resolve('basket') as Bell;
  ring(container, 'item');
  return basket.heard.join();
}

const SERVERS: Readonly<
  Record<string, (root: Root) => Promise<{ port: number; close(): Promise<unknown> }>>
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
    app.get('/', async () => answerOf(scopes.current as Root));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const close = async () => {
      await app.close();
      await scopes.settled();
    };
    return { port: (app.server.address() as AddressInfo).port, close };
  },
};

describe('requestScopes() of a container of awilix', () => {
  it.each(Object.entries(SERVERS))('gives each request of %s a container', async (_, serve) => {
    const root = rootOf();
    root.register({ basket: asClass(Bell).scoped(), tower: asClass(Bell).singleton() });
    const outside = root.resolve('tower') as Bell;
    const { port, close } = await serve(root);
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    const answers = await Promise.all([ask(), ask(), ask()]);
    await close();

    expect(answers).toEqual(['item', 'item', 'item']);
    expect([outside.heard, census(root).scopes]).toEqual([[], 1]);
  });
});
