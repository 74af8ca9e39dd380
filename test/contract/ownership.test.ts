import { describe, expect, it } from '@jest/globals';
import { EventBus, On, ScopedEmitter, Subscribe } from 'carillon';
import { events, openScope } from 'carillon/inversify';
import { Container, ContainerModule, preDestroy } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

class Bell {
  heard = 0;

  @On(Rang)
  hear() {
    this.heard += 1;
  }
}

/** Each way to bind a class as a singleton under `'bell'`. */
const WAYS: readonly (readonly [string, (container: Container) => unknown])[] = [
  ['to', (container) => container.bind('bell').to(Bell).inSingletonScope()],
  ['toConstantValue', (container) => container.bind('bell').toConstantValue(new Bell())],
  [
    'toDynamicValue',
    (container) =>
      container
        .bind('bell')
        .toDynamicValue(() => new Bell())
        .inSingletonScope(),
  ],
  [
    'toResolvedValue',
    (container) =>
      container
        .bind('bell')
        .toResolvedValue(() => new Bell())
        .inSingletonScope(),
  ],
  [
    'toSelf and toService',
    (container) => {
      container.bind(Bell).toSelf().inSingletonScope();
      container.bind('bell').toService(Bell);
    },
  ],
  [
    'a module',
    (container) =>
      container.load(
        new ContainerModule(({ bind }) => void bind('bell').to(Bell).inSingletonScope()),
      ),
  ],
  [
    'rebind',
    async (container) => {
      container.bind('bell').toConstantValue('silent');
      (await container.rebind('bell')).to(Bell).inSingletonScope();
    },
  ],
];

describe('what a container owns', () => {
  it.each(WAYS)('W4 is wired when it is bound by %s', async (_, bind) => {
    const { container } = rootContainer();
    await bind(container);
    const bell = container.get<Bell>('bell');

    container.get(ScopedEmitter).emit(new Rang());

    expect(bell.heard).toBe(1);
  });

  it.each(WAYS)(
    'W4 is wired when it was bound by %s before the plugin was registered',
    async (_, bind) => {
      const container = new Container();
      await bind(container);
      container.register(events());
      const bell = container.get<Bell>('bell');

      container.get(ScopedEmitter).emit(new Rang());

      expect(bell.heard).toBe(1);
    },
  );

  it.each(WAYS)(
    'W4 is wired when it was bound by %s and built before the plugin was registered',
    async (_, bind) => {
      const container = new Container();
      await bind(container);
      const bell = container.get<Bell>('bell');
      container.register(events());
      container.get<Bell>('bell');

      container.get(ScopedEmitter).emit(new Rang());

      expect(bell.heard).toBe(1);
    },
  );

  it('W4 is wired when it was being built asynchronously as the plugin was registered', async () => {
    const container = new Container();
    const open = gate<Bell>();
    container
      .bind('bell')
      .toDynamicValue(() => open.promise)
      .inSingletonScope();
    const building = container.getAsync<Bell>('bell');
    container.register(events());
    open.open(new Bell());
    const bell = await building;
    await settle();

    container.get(ScopedEmitter).emit(new Rang());

    expect(bell.heard).toBe(1);
  });

  it.each(['unbind', 'rebind'] as const)(
    'L7 falls silent by %s, and nothing else does',
    async (means) => {
      const { container } = rootContainer();
      container.bind('bell').to(Bell).inSingletonScope();
      container.bind('other').to(Bell).inSingletonScope();
      const bell = container.get<Bell>('bell');
      const other = container.get<Bell>('other');
      const emitter = container.get(ScopedEmitter);

      if (means === 'unbind') await container.unbind('bell');
      else (await container.rebind('bell')).to(Bell).inSingletonScope();
      emitter.emit(new Rang());

      expect({ bellHeard: bell.heard, otherHeard: other.heard }).toEqual({
        bellHeard: 0,
        otherHeard: 1,
      });
    },
  );

  it('L7 falls silent when its module is unloaded', async () => {
    const { container } = rootContainer();
    const module = new ContainerModule(({ bind }) => void bind('bell').to(Bell).inSingletonScope());
    container.load(module);
    const bell = container.get<Bell>('bell');
    const other = build(container, Bell);

    await container.unload(module);
    container.get(ScopedEmitter).emit(new Rang());

    expect({ bellHeard: bell.heard, otherHeard: other.heard }).toEqual({
      bellHeard: 0,
      otherHeard: 1,
    });
  });

  it('L7 falls silent when a snapshot is restored that does not have it, and what the snapshot has goes on', () => {
    const { container } = rootContainer();
    container.bind('kept').to(Bell).inSingletonScope();
    container.bind('dropped').to(Bell).inSingletonScope();
    const kept = container.get<Bell>('kept');
    container.snapshot();
    const dropped = container.get<Bell>('dropped');

    container.restore();
    const again = container.get<Bell>('dropped');
    container.get(ScopedEmitter).emit(new Rang());

    expect(again).not.toBe(dropped);
    expect({ keptHeard: kept.heard, droppedHeard: dropped.heard, againHeard: again.heard }).toEqual(
      { keptHeard: 1, droppedHeard: 0, againHeard: 1 },
    );
  });

  it('L7 goes on while another binding still holds the instance', async () => {
    const { container } = rootContainer();
    const bell = new Bell();
    container.bind('one').toConstantValue(bell);
    container.bind('two').toConstantValue(bell);
    container.get('one');
    container.get('two');
    const emitter = container.get(ScopedEmitter);

    await container.unbind('one');
    emitter.emit(new Rang());
    await container.unbind('two');
    emitter.emit(new Rang());

    expect(bell.heard).toBe(1);
  });

  it.each(['unbindAll', 'Symbol.dispose', 'Symbol.asyncDispose'] as const)(
    'L7 falls silent as a whole by %s',
    async (means) => {
      const { container } = rootContainer();
      const child = openScope(container);
      child.bind('transient').to(Bell).inTransientScope();
      const bells = [build(child, Bell), child.get<Bell>('transient')];
      const outside = build(container, Bell);
      const emitter = child.get(ScopedEmitter);

      if (means === 'unbindAll') await child.unbindAll();
      else if (means === 'Symbol.dispose') child[Symbol.dispose]();
      else await child[Symbol.asyncDispose]();
      emitter.emit(new Rang());
      container.get(ScopedEmitter).emit(new Rang());

      expect(bells.map(({ heard }) => heard)).toEqual([0, 0]);
      expect(outside.heard).toBe(1);
    },
  );

  it.each(['unbindAll', 'Symbol.dispose', 'Symbol.asyncDispose'] as const)(
    'L14 is unsubscribed before any preDestroy of the scope runs, by %s',
    async (means) => {
      const container = new Container();
      const heard: string[] = [];
      const emit = { now: () => {} };
      class First {
        @preDestroy()
        end() {
          emit.now();
        }
      }
      class Listener {
        @On(Rang)
        hear() {
          heard.push('emitter');
        }
        @Subscribe(Rang)
        hearBus() {
          heard.push('bus');
        }
      }
      build(container, First);
      container.register(events({ onError: () => undefined }));
      build(container, Listener);
      const emitter = container.get(ScopedEmitter);
      const bus = container.get(EventBus);
      emit.now = () => {
        emitter.emit(new Rang());
        void bus.publish(new Rang()).catch(() => undefined);
      };
      emit.now();

      if (means === 'unbindAll') await container.unbindAll();
      else if (means === 'Symbol.dispose') (container as unknown as Disposable)[Symbol.dispose]();
      else await (container as unknown as AsyncDisposable)[Symbol.asyncDispose]();

      expect(heard).toEqual(['emitter', 'bus']);
    },
  );
});
