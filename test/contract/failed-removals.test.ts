/** L26: a removal that fails half-way is reported, and remaining bindings stay wired. */
import { describe, expect, it } from '@jest/globals';
import { Deferred, EventBus, EventQueue, Listener, On, Once, Subscribe } from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { type Container, ContainerModule, inject, injectable, preDestroy } from 'inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

class Failure extends Error {}

/** What a destroyer does; each test sets it. */
const destroying = { action: (): unknown => undefined };

@injectable()
class Bell {
  heard: string[] = [];

  @On(Rang)
  hear() {
    this.heard.push('hear');
  }

  @Once(Rang)
  hearOnce() {
    this.heard.push('hearOnce');
  }

  @Subscribe(Rang)
  hearBus() {
    this.heard.push('hearBus');
  }

  @Deferred(Rang)
  work() {
    this.heard.push('work');
  }

  @preDestroy()
  destroy() {
    return destroying.action() as undefined;
  }
}

/** What every bell hears of one of each that is sent. */
const ALL = ['hear', 'hearBus', 'work'];

async function heardBy(container: Container, ...bells: readonly Bell[]) {
  for (const bell of bells) bell.heard = [];
  scopeOf(container).emitter.emit(new Rang());
  await container.get(EventBus).publish(new Rang());
  const queue = container.get(EventQueue);
  await queue.defer(new Rang());
  await queue.process().settled;
  return bells.map(({ heard }) => heard);
}

const asynchronously = (container: Container, name: 'unbind' | 'unbindAll' | 'unload' | 'rebind') =>
  ((container as unknown as Record<string, unknown>)[`${name}Async`] ?? container[name]) as (
    ...args: unknown[]
  ) => Promise<unknown>;

type Remove = (container: Container, module: ContainerModule) => unknown;

const REMOVALS: readonly (readonly [string, Remove])[] = [
  ['unbind()', (container) => container.unbind('bell')],
  ['unbindAll()', (container) => container.unbindAll()],
  ['rebind()', (container) => container.rebind('bell')],
  ['unload()', (container, module) => container.unload(module)],
  ['waiting unbind()', (container) => asynchronously(container, 'unbind').call(container, 'bell')],
  ['waiting unbindAll()', (container) => asynchronously(container, 'unbindAll').call(container)],
  ['waiting rebind()', (container) => asynchronously(container, 'rebind').call(container, 'bell')],
  [
    'waiting unload()',
    (container, module) => asynchronously(container, 'unload').call(container, module),
  ],
];

const CASES = REMOVALS.flatMap(([name, remove]) =>
  (['root', 'child'] as const).map((where) => [name, where, remove] as const),
);

function opened(where: 'root' | 'child') {
  const { container: root, errors } = rootContainer({
    queues: { default: { processing: 'manual' } },
  });
  const container = where === 'root' ? root : openScope(root);
  const module = new ContainerModule(({ bind }) => void bind('bell').to(Bell).inSingletonScope());
  container.load(module);
  container.bind('other').to(Bell).inSingletonScope();
  const bells = [container.get<Bell>('bell'), container.get<Bell>('other')] as const;
  return { container, errors, module, bells };
}

describe('a removal that fails', () => {
  it.each(CASES)(
    'L26 is told to its caller, and remaining bindings stay wired: %s in a %s',
    async (_name, where, remove) => {
      const { container, bells, module } = opened(where);
      const before = await heardBy(container, ...bells);
      destroying.action = () => {
        throw new Failure();
      };

      const removing = (async () => remove(container, module))();
      await expect(removing).rejects.toThrow(Failure);
      destroying.action = () => undefined;

      expect(before).toEqual(bells.map(() => ['hear', 'hearOnce', 'hearBus', 'work']));
      // What runs once has run.
      expect(await heardBy(container, ...bells)).toEqual([ALL, ALL]);
      expect(container.get<Bell>('bell')).toBe(bells[0]);
      await remove(container, module);
      const [removed] = await heardBy(container, bells[0]);
      expect(removed).toEqual([]);
    },
  );

  it.each(['unbind', 'unbindAll'] as const)(
    'L26 has handlers silent while it runs, and not after it has failed: %s',
    async (name) => {
      const { container, bells } = opened('root');
      const failing = gate<undefined>();
      const meanwhile: unknown[] = [];
      destroying.action = () => failing.promise;

      const removing = asynchronously(container, name).call(container, 'bell');
      await settle();
      scopeOf(container).emitter.emit(new Rang());
      meanwhile.push(...bells[0].heard);
      failing.fail(new Failure());
      await expect(removing).rejects.toThrow(Failure);
      destroying.action = () => undefined;

      expect(meanwhile).toEqual([]);
      expect(await heardBy(container, bells[0])).toEqual([['hear', 'hearOnce', 'hearBus', 'work']]);
    },
  );

  it('L26 is one that cannot wait for its deactivations, too', async () => {
    const { container, bells } = opened('root');
    destroying.action = () => Promise.resolve();

    // Before version 8 it waits.
    const removing = (async () => container.unbind('bell'))();
    const [outcome] = await Promise.allSettled([removing]);
    destroying.action = () => undefined;

    const isBound = container.isBound('bell');
    expect(isBound).toBe(outcome.status === 'rejected');
    const [heard] = await heardBy(container, bells[0]);
    expect(heard?.length).toBe(isBound ? 4 : 0);
  });

  it.each(['root', 'child'] as const)(
    'L26 leaves also what a singleton holds wired when all was to be removed: in a %s',
    async (where) => {
      const { container } = opened(where);
      @injectable()
      class Tower {
        constructor(@inject('part') readonly part: Bell) {}
      }
      container.bind('part').to(Bell);
      container.bind(Tower).toSelf().inSingletonScope();
      const { part } = container.get(Tower);
      await heardBy(container, part);
      destroying.action = () => {
        throw new Failure();
      };

      await expect((async () => container.unbindAll())()).rejects.toThrow(Failure);
      destroying.action = () => undefined;

      expect(await heardBy(container, part)).toEqual([ALL]);
    },
  );

  it('L26 leaves a class that is built for each event subscribed', async () => {
    const { container } = rootContainer();
    let built = 0;
    @Listener({ activation: 'event' })
    @injectable()
    class Clerk {
      @On(Rang)
      hear() {
        built += 1;
      }
    }
    container.bind('mixed').to(Clerk);
    container.bind('mixed').to(Bell).inSingletonScope();
    container.bind('bells').to(Bell).inSingletonScope();
    container.get('bells');
    container.getAll('mixed');
    destroying.action = () => {
      throw new Failure();
    };

    await expect((async () => container.unbind('mixed'))()).rejects.toThrow(Failure);
    scopeOf(container).emitter.emit(new Rang());
    await expect((async () => container.unbindAll())()).rejects.toThrow(Failure);
    scopeOf(container).emitter.emit(new Rang());
    destroying.action = () => undefined;

    expect(built).toBe(2);
  });

  it('L26 gives back nothing that another removal has removed meanwhile', async () => {
    const { container, bells } = opened('child');
    const failing = gate<undefined>();
    destroying.action = () => failing.promise;

    const removing = asynchronously(container, 'unbind').call(container, 'bell');
    const outcome = expect(removing).rejects.toThrow(Failure);
    destroying.action = () => undefined;
    await asynchronously(container, 'unbindAll').call(container);
    failing.fail(new Failure());
    await outcome;

    expect(container.isBound('bell')).toBe(false);
    scopeOf(container).emitter.emit(new Rang());
    expect(bells.map(({ heard }) => heard)).toEqual([[], []]);
  });
});
