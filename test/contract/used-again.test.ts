import { describe, expect, it } from '@jest/globals';
import { EventBus, Events, On, ScopedEmitter, Subscribe } from 'carillon';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import {
  type Container,
  ContainerModule,
  inject,
  injectable,
  optional,
  preDestroy,
} from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

@injectable()
class Bell {
  heard = 0;

  @On(Rang)
  hear() {
    this.heard += 1;
  }
}

const emit = (container: Container) => container.get(ScopedEmitter).emit(new Rang());

describe('a container that goes on', () => {
  it.each(['root', 'child'] as const)(
    'L8 begins a new scope when it was emptied: a %s',
    async (which) => {
      const { container, errors } = rootContainer();
      const used = which === 'root' ? container : openScope(container, { name: 'request' });
      const before = {
        scope: scopeOf(used),
        bell: build(used, Bell),
        emitter: used.get(ScopedEmitter),
      };

      await used.unbindAll();
      const bell = build(used, Bell);
      emit(used);
      used.get(Events).emit(new Rang());
      before.emitter.emit(new Rang());

      expect({ beforeBellHeard: before.bell.heard, bellHeard: bell.heard }).toEqual({
        beforeBellHeard: 0,
        bellHeard: 2,
      });
      expect(scopeOf(used)).not.toBe(before.scope);
      expect(scopeOf(used)).toMatchObject({ state: 'open', name: before.scope.name });
      expect(errors.map(({ code }) => code)).toEqual(['CAR3004']);
      await stop(container);
      expect(scopeOf(used).state).toBe('ended');
    },
  );

  it('L8 gives the new scope to what a parent binds, and gives it nothing of the parent’s', async () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inTransientScope();
    const child = openScope(container);
    await child.unbindAll();

    const bell = child.get(Bell);
    emit(container);
    emit(child);

    expect(bell.heard).toBe(1);
    expect(child.get(ScopedEmitter)).toBe(scopeOf(child).emitter);
  });

  it('L8 begins a new scope after a disposal with the next binding, and until then refuses', async () => {
    const { container, errors } = rootContainer();
    container.bind('parent’s').to(Bell).inTransientScope();
    const child = openScope(container);
    await child[Symbol.asyncDispose]();

    expect(() => child.get('parent’s')).toThrow('CAR3001');
    expect(() => openScope(child)).toThrow('CAR3001');
    emit(child);
    const bell = build(child, Bell);
    emit(child);

    expect(bell.heard).toBe(1);
    expect(errors.map(({ code }) => code)).toEqual(['CAR3004']);
    expect(scopeOf(container).children).toEqual([scopeOf(child)]);
  });

  it.each([
    ['unbind', (container: Container) => container.unbind(Bell)],
    ['rebind', (container: Container) => container.rebind(Bell)],
    ['unload', (container: Container, module: ContainerModule) => container.unload(module)],
    ['unbindAll', (container: Container) => container.unbindAll()],
  ] as const)(
    'L14 is unsubscribed before the preDestroy of the same instance, by %s',
    async (_, end) => {
      for (const used of [rootContainer().container, openScope(rootContainer().container)]) {
        const during: number[] = [];
        const emitter = used.get(ScopedEmitter);
        const bus = used.get(EventBus);
        @injectable()
        class Last extends Bell {
          @Subscribe(Rang)
          hearBus() {
            this.heard += 1;
          }
          @preDestroy()
          bye() {
            emitter.emit(new Rang());
            void bus.publish(new Rang()).catch(() => undefined);
            during.push(this.heard);
          }
        }
        const module = new ContainerModule(
          ({ bind }) => void bind(Bell).to(Last).inSingletonScope(),
        );
        await used.load(module);
        used.get(Bell);

        await end(used, module);

        expect(during).toEqual([0]);
      }
    },
  );

  it('L7 wires again what a restored snapshot has and holds', async () => {
    const { container } = rootContainer();
    for (const used of [container, openScope(container)]) {
      const bell = build(used, Bell);
      used.snapshot();
      await used.unbind(Bell);
      emit(used);

      used.restore();
      emit(used);
      await used.unbind(Bell);
      emit(used);

      expect(bell.heard).toBe(1);
    }
  });

  it('L7 ends nothing by an unbinding of one of several singletons of a service but that one', async () => {
    const { container } = rootContainer();
    const child = openScope(container);
    const first = child.bind('bell').to(Bell).inSingletonScope().whenNamed('first').getIdentifier();
    child.bind('bell').to(Bell).inSingletonScope().whenNamed('second');
    const bells = ['first', 'second'].map((name) => child.get<Bell>('bell', { name }));

    await child.unbind(first);
    emit(child);

    expect(bells.map(({ heard }) => heard)).toEqual([0, 1]);
  });

  it('W4 finds what a parent binds when it has unbound its own, also for what injects it where it is there', async () => {
    const { container } = rootContainer();
    const child = openScope(container);
    @injectable()
    class Visitor {
      constructor(@inject('bell') @optional() readonly bell: Bell | undefined) {}
    }
    container.bind(Visitor).toSelf().inTransientScope();
    for (const one of [container, child]) one.bind('bell').to(Bell).inSingletonScope();
    const own = child.get(Visitor).bell;
    await child.unbind('bell');
    const bell = child.get(Visitor).bell;
    emit(container);
    emit(child);

    expect({ ownHeard: own?.heard, bellHeard: bell?.heard }).toEqual({ ownHeard: 0, bellHeard: 1 });
  });

  it('L5 runs every preDestroy of a scope, and gives all their errors to the caller together', async () => {
    const { container } = rootContainer();
    const child = openScope(container);
    const ran: string[] = [];
    const failing = (name: string) => {
      @injectable()
      class Failing {
        @preDestroy()
        bye() {
          ran.push(name);
          throw new Error(name);
        }
      }
      return Failing;
    };
    for (const name of ['first', 'second']) build(child, failing(name));

    const failure = await scopeOf(child)
      .disposeAsync()
      .catch((error: unknown) => error);

    expect(ran).toEqual(['first', 'second']);
    expect(failure).toMatchObject({
      code: 'CAR3003',
      errors: [{ errors: [new Error('first'), new Error('second')] }],
    });
    expect(child.isCurrentBound('first')).toBe(false);
  });
});

describe('a start', () => {
  it('W9 builds a singleton also where only a name or a tag selects it', async () => {
    const { container } = rootContainer();
    container.bind('bell').to(Bell).inSingletonScope().whenNamed('first');
    container.bind('bell').to(Bell).inSingletonScope().whenTagged('place', 'tower');

    const { built, failed } = await start(container);
    const named = container.get<Bell>('bell', { name: 'first' });
    emit(container);

    expect({ built, failed }).toEqual({ built: ['bell'], failed: [] });
    expect(container.get(ScopedEmitter).listenerCount(Rang)).toBe(2);
    expect(named.heard).toBe(1);
    expect(() => container.get('bell', { name: 'nobody' })).toThrow();
  });

  it('L16 ends with its scope: what it was building is not wired, and nothing further is built', async () => {
    const { container } = rootContainer();
    const open = gate<Bell>();
    let built = 0;
    @injectable()
    class Next extends Bell {
      constructor() {
        super();
        built += 1;
      }
    }
    container
      .bind(Bell)
      .toDynamicValue(() => open.promise)
      .inSingletonScope();
    container.bind(Next).toSelf().inSingletonScope();
    const bell = new Bell();

    const starting = start(container);
    await settle();
    const stopping = stop(container);
    open.open(bell);
    await Promise.allSettled([starting, stopping]);
    await settle();

    expect({ built, heard: bell.heard, state: scopeOf(container).state }).toEqual({
      built: 0,
      heard: 0,
      state: 'ended',
    });
    expect(scopeOf(container).instances.size).toBe(0);
  });

  it('L16 that failed leaves nothing of the class behind, and can be tried again', async () => {
    const { container, errors } = rootContainer();
    let isBroken = true;
    const bells = ['later', 'now'].map((name) => {
      @injectable()
      class Broken extends Bell {
        constructor() {
          super();
          if (isBroken && name === 'now') throw new Error(name);
        }
      }
      container.bind(Broken).toSelf().inSingletonScope();
      if (name === 'later') {
        container.onActivation(Broken, async (_, bell) => {
          if (isBroken) throw new Error(name);
          return bell;
        });
      }
      return Broken;
    });
    const first = await start(container);
    const listeners = container.get(ScopedEmitter).listenerCount(Rang);

    isBroken = false;
    const second = await start(container);

    expect(first).toMatchObject({
      built: [],
      failed: [{ identifier: bells[0] }, { identifier: bells[1] }],
    });
    expect(listeners).toBe(0);
    expect(second).toEqual({ built: bells, failed: [], skipped: [] });
    expect(container.get(ScopedEmitter).listenerCount(Rang)).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(['CAR2002', 'CAR2002']);
  });
});
