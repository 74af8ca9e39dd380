/** W14: a build that fails leaves nothing wired, and takes nothing from what lives. */
import { describe, expect, it } from '@jest/globals';
import { Deferred, On, ScopedEmitter, Subscribe } from 'carillon';
import { census, openScope, scopeOf, start } from 'carillon/inversify';
import {
  type Container,
  inject,
  injectable,
  postConstruct,
  type ResolutionContext,
} from 'inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

/** What hears; each test binds it as it needs it. */
@injectable()
class Bell {
  heard = 0;

  @On(Rang)
  hear() {
    this.heard += 1;
  }

  @Subscribe(Rang)
  hearBus() {
    this.heard += 1;
  }

  @Deferred(Rang)
  work() {
    this.heard += 1;
  }
}

const HANDLERS_OF_A_BELL = 3;

class Failure extends Error {}

function fail(): never {
  throw new Failure('no ground');
}

/** How many bells are wired, wherever. */
function bells(container: Container): number {
  return census(container).handlers / HANDLERS_OF_A_BELL;
}

function heardBy(container: Container, ...listeners: readonly Bell[]): readonly number[] {
  container.get(ScopedEmitter).emit(new Rang());
  return listeners.map(({ heard }) => heard);
}

@injectable()
class Tower {
  constructor(@inject(Bell) readonly bell: Bell) {
    fail();
  }
}

describe('a build that fails', () => {
  const lifetimes = ['inTransientScope', 'inRequestScope', 'inSingletonScope'] as const;

  it.each(lifetimes)('W14 of a class bound %s leaves no transient dependency wired', (lifetime) => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inTransientScope();
    container.bind(Tower).toSelf()[lifetime]();

    for (let times = 0; times < 3; times += 1) expect(() => container.get(Tower)).toThrow(Failure);

    expect(bells(container)).toBe(0);
    expect(scopeOf(container).instances.size).toBe(0);
  });

  it('W14 leaves no dependency wired that is one for the whole resolution', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inRequestScope();
    container.bind(Tower).toSelf();

    expect(() => container.get(Tower)).toThrow(Failure);

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of dependencies of dependencies, of properties, and of what hears itself', () => {
    const { container } = rootContainer();
    @injectable()
    class Belfry extends Bell {
      @inject('bell')
      bell!: Bell;
    }
    @injectable()
    class Church {
      constructor(
        @inject('belfry') readonly belfry: Belfry,
        @inject('bell') readonly bell: Bell,
      ) {}
      @postConstruct()
      open() {
        fail();
      }
    }
    container.bind('bell').to(Bell);
    container.bind('belfry').to(Belfry);
    container.bind('church').to(Church);

    expect(() => container.get('church')).toThrow();

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired where an activation fails, or a handler of the class cannot be placed', () => {
    const { container } = rootContainer();
    @injectable()
    class Circular {
      constructor(@inject(Bell) readonly bell: Bell) {}
      @On(Rang, { after: [Circular, 'hearToo'] })
      hear() {}
      @On(Rang, { after: [Circular, 'hear'] })
      hearToo() {}
    }
    @injectable()
    class Plain {
      constructor(@inject(Bell) readonly bell: Bell) {}
    }
    container.bind(Bell).toSelf();
    container.bind(Circular).toSelf();
    container.bind(Plain).toSelf().onActivation(fail);
    container.bind('singleton').to(Circular).inSingletonScope();

    for (const service of [Circular, Plain, 'singleton'])
      expect(() => container.get(service as unknown as typeof Bell)).toThrow();

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of the others of a list', () => {
    const { container } = rootContainer();
    container.bind('bells').to(Bell);
    container.bind('bells').toDynamicValue(fail);

    expect(() => container.getAll('bells')).toThrow(Failure);

    expect(bells(container)).toBe(0);
  });

  it('W14 spares what a singleton holds that was built meanwhile, and nothing beside it', () => {
    const { container } = rootContainer();
    @injectable()
    class Keeper {
      constructor(@inject(Bell) readonly bell: Bell) {}
    }
    @injectable()
    class House {
      constructor(
        @inject(Bell) readonly before: Bell,
        @inject(Keeper) readonly keeper: Keeper,
        @inject(Bell) readonly after: Bell,
      ) {
        fail();
      }
    }
    container.bind(Bell).toSelf();
    container.bind(Keeper).toSelf().inSingletonScope();
    container.bind(House).toSelf();

    for (let times = 0; times < 3; times += 1) expect(() => container.get(House)).toThrow(Failure);

    expect(bells(container)).toBe(1);
    expect(heardBy(container, container.get(Keeper).bell)).toEqual([1]);
  });

  it('W14 spares what a singleton shares with the rest of the resolution', () => {
    const { container } = rootContainer();
    @injectable()
    class Keeper {
      constructor(@inject(Bell) readonly bell: Bell) {}
    }
    @injectable()
    class House {
      constructor(
        @inject(Bell) readonly bell: Bell,
        @inject(Keeper) readonly keeper: Keeper,
      ) {
        fail();
      }
    }
    container.bind(Bell).toSelf().inRequestScope();
    container.bind(Keeper).toSelf().inSingletonScope();
    container.bind(House).toSelf();

    expect(() => container.get(House)).toThrow(Failure);

    expect(heardBy(container, container.get(Keeper).bell)).toEqual([1]);
    expect(bells(container)).toBe(1);
  });

  it('W14 ends what a singleton got that fails itself, and a later try of it wires its own', () => {
    const { container } = rootContainer();
    let mayBuild = false;
    @injectable()
    class Keeper {
      constructor(@inject(Bell) readonly bell: Bell) {
        if (!mayBuild) fail();
      }
    }
    @injectable()
    class House {
      constructor(
        @inject(Keeper) readonly keeper: Keeper,
        @inject(Bell) readonly bell: Bell,
      ) {
        fail();
      }
    }
    container.bind(Bell).toSelf();
    container.bind(Keeper).toSelf().inSingletonScope();
    container.bind(House).toSelf();

    expect(() => container.get(House)).toThrow(Failure);
    expect(bells(container)).toBe(0);
    mayBuild = true;
    expect(() => container.get(House)).toThrow(Failure);

    expect(heardBy(container, container.get(Keeper).bell)).toEqual([1]);
    expect(bells(container)).toBe(1);
  });

  it('W14 keeps apart what a snapshot has copied', () => {
    const { container } = rootContainer();
    @injectable()
    class Keeper {
      constructor(@inject(Bell) readonly bell: Bell) {}
    }
    @injectable()
    class House {
      constructor(@inject(Keeper) readonly keeper: Keeper) {
        fail();
      }
    }
    container.bind(Bell).toSelf();
    container.bind(Keeper).toSelf().inSingletonScope();
    container.bind(House).toSelf();
    container.bind('early').toDynamicValue(fail);
    @injectable()
    class Never {
      constructor(
        @inject('early') readonly early: unknown,
        @inject(Keeper) readonly keeper: Keeper,
      ) {}
    }
    container.bind(Never).toSelf();
    // The keeper is planned, and not built.
    expect(() => container.get(Never)).toThrow(Failure);
    container.snapshot();
    container.restore();

    expect(() => container.get(House)).toThrow(Failure);

    expect(heardBy(container, container.get(Keeper).bell)).toEqual([1]);
  });

  it('W14 leaves nothing wired in a child, and spares the singletons of its parent', () => {
    const { container } = rootContainer();
    @injectable()
    class Keeper {
      constructor(@inject(Bell) readonly bell: Bell) {}
    }
    @injectable()
    class House {
      constructor(
        @inject(Keeper) readonly keeper: Keeper,
        @inject(Bell) readonly bell: Bell,
      ) {
        fail();
      }
    }
    container.bind(Bell).toSelf();
    container.bind(Keeper).toSelf().inSingletonScope();
    container.bind(House).toSelf();
    const child = openScope(container);

    expect(() => child.get(House)).toThrow(Failure);

    expect(scopeOf(child).instances.size).toBe(0);
    expect(bells(container)).toBe(1);
    expect(heardBy(container, container.get(Keeper).bell)).toEqual([1]);
  });

  it('W14 leaves nothing wired of what a function asked its context for', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf();
    container.bind('dynamic').toDynamicValue(({ get }) => {
      get(Bell);
      return fail();
    });
    container.bind('outer').toDynamicValue((context) => context.get('dynamic'));
    container
      .bind<(fails: boolean) => Bell>('factory')
      .toFactory((context: ResolutionContext) => (fails: boolean) => {
        const bell = context.get(Bell);
        return fails ? context.get<Bell>('dynamic') : bell;
      });
    @injectable()
    class Maker {
      constructor(@inject('factory') make: (fails: boolean) => Bell) {
        make(false);
        fail();
      }
    }
    container.bind(Maker).toSelf();

    for (const service of ['dynamic', 'outer', Maker])
      expect(() => container.get(service as unknown as typeof Bell)).toThrow(Failure);

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of a build that a factory was asked for later', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf();
    container.bind(Tower).toSelf();
    container
      .bind<() => Tower>('factory')
      .toFactory((context: ResolutionContext) => () => context.get(Tower));
    const make = container.get<() => Tower>('factory');

    for (let times = 0; times < 3; times += 1) expect(make).toThrow(Failure);

    expect(bells(container)).toBe(0);
  });

  it.each(['toFactory', 'toDynamicValue'] as const)(
    'W14 wires what a function gives that was first got by a build that failed: %s',
    (kind) => {
      const { container } = rootContainer();
      let mayBuild = false;
      const give =
        ({ get }: ResolutionContext) =>
        () =>
          get<Bell>('bell');
      container.bind('bell').to(Bell);
      if (kind === 'toFactory') container.bind<() => Bell>('factory').toFactory(give);
      else container.bind<() => Bell>('factory').toDynamicValue(give).inSingletonScope();
      @injectable()
      class Maker {
        readonly bell: Bell;
        constructor(@inject('factory') readonly make: () => Bell) {
          this.bell = make();
          if (!mayBuild) fail();
        }
      }
      container.bind(Maker).toSelf();
      expect(() => container.get(Maker)).toThrow(Failure);
      const failed = bells(container);
      mayBuild = true;

      const { bell, make } = container.get(Maker);

      expect(heardBy(container, bell, make())).toEqual([1, 1]);
      expect({ failed, bells: bells(container) }).toEqual({ failed: 0, bells: 2 });
    },
  );

  it('W14 spares what the program has asked a container for, and what a handler has', () => {
    const { container } = rootContainer();
    const kept: Bell[] = [];
    container.bind(Bell).toSelf();
    container
      .bind<() => Bell>('factory')
      .toFactory((context: ResolutionContext) => () => context.get(Bell));
    const make = container.get<() => Bell>('factory');
    const hire = container.get(ScopedEmitter).on('hire', () => void kept.push(make()));
    @injectable()
    class House {
      constructor(@inject(Bell) readonly bell: Bell) {
        kept.push(container.get(Bell));
        container.get(ScopedEmitter).emit('hire', undefined as never);
        fail();
      }
    }
    container.bind(House).toSelf();

    expect(() => container.get(House)).toThrow(Failure);
    hire();

    expect(heardBy(container, ...kept)).toEqual([1, 1]);
    expect(bells(container)).toBe(2);
  });

  it('W14 spares an instance that another build has got meanwhile', async () => {
    const { container } = rootContainer();
    const shared = new Bell();
    const slow = gate();
    container.bind('shared').toDynamicValue(() => shared);
    container.bind('slow').toDynamicValue(() => slow.promise.then(fail));
    @injectable()
    class House {
      constructor(
        @inject('shared') readonly bell: Bell,
        @inject('slow') readonly slow: unknown,
      ) {}
    }
    container.bind(House).toSelf();
    const failing = container.getAsync(House);
    const got = container.get<Bell>('shared');
    slow.open();
    await expect(failing).rejects.toThrow(Failure);

    expect(heardBy(container, got)).toEqual([1]);
  });
});

describe('an asynchronous build that fails', () => {
  /** A service whose building the test ends. */
  function slow(container: Container, service = 'slow') {
    const waiting: { resolve(value: unknown): void; reject(error: unknown): void }[] = [];
    const to = container
      .bind(service)
      .toDynamicValue(
        () => new Promise((resolve, reject) => void waiting.push({ resolve, reject })),
      );
    return { waiting, to };
  }

  @injectable()
  class Hall {
    constructor(
      @inject(Bell) readonly bell: Bell,
      @inject('slow') readonly slow: unknown,
    ) {}
  }

  it('W14 leaves nothing wired when it rejects, and does not before', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    container.bind(Bell).toSelf();
    container.bind(Hall).toSelf();

    const building = container.getAsync(Hall);
    const meanwhile = bells(container);
    waiting[0]?.reject(new Failure());
    await expect(building).rejects.toThrow(Failure);

    expect({ meanwhile, bells: bells(container) }).toEqual({ meanwhile: 1, bells: 0 });
  });

  it('W14 leaves wired what belongs to another build of the same class', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    container.bind(Bell).toSelf();
    container.bind(Hall).toSelf();

    const builds = [0, 1, 2].map(() => container.getAsync(Hall));
    waiting[1]?.resolve('built');
    waiting[2]?.reject(new Failure());
    waiting[0]?.reject(new Failure());
    const [first, second, third] = await Promise.allSettled(builds);

    expect({ firstStatus: first?.status, thirdStatus: third?.status }).toEqual({
      firstStatus: 'rejected',
      thirdStatus: 'rejected',
    });
    const { bell } = (second as PromiseFulfilledResult<Hall>).value;
    expect(heardBy(container, bell)).toEqual([1]);
    expect(bells(container)).toBe(1);
  });

  it('W14 wires nothing that is ready only after the failure', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    @injectable()
    class LateBell extends Bell {
      constructor(@inject('slow') readonly slow: unknown) {
        super();
      }
    }
    @injectable()
    class House {
      constructor(
        @inject(LateBell) readonly bell: LateBell,
        @inject('failing') readonly failing: unknown,
      ) {}
    }
    container.bind(LateBell).toSelf();
    container.bind('failing').toDynamicValue(() => Promise.reject(new Failure()));
    container.bind(House).toSelf();

    await expect(container.getAsync(House)).rejects.toThrow(Failure);
    waiting[0]?.resolve('late');
    await settle();

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves wired what is ready late, each with the build that it is for', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    const ends = slow(container, 'end').waiting;
    @injectable()
    class LateBell extends Bell {
      constructor(@inject('slow') readonly slow: unknown) {
        super();
      }
    }
    @injectable()
    class House {
      constructor(
        @inject(LateBell) readonly bell: LateBell,
        @inject('end') readonly end: unknown,
      ) {}
    }
    container.bind(LateBell).toSelf();
    container.bind(House).toSelf();

    const builds = [0, 1].map(() => container.getAsync(House));
    waiting[1]?.resolve('late');
    waiting[0]?.resolve('later');
    await settle();
    const meanwhile = bells(container);
    ends[0]?.reject(new Failure());
    ends[1]?.resolve('built');
    const [first, second] = await Promise.allSettled(builds);

    expect({ meanwhile, status: first?.status }).toEqual({ meanwhile: 2, status: 'rejected' });
    const { bell } = (second as PromiseFulfilledResult<House>).value;
    expect(heardBy(container, bell)).toEqual([1]);
    expect(bells(container)).toBe(1);
  });

  it.each([
    ['resolves', 1],
    ['rejects', 0],
  ] as const)(
    'W14 leaves the dependencies of a singleton that %s later to the singleton',
    async (outcome, expected) => {
      const { container } = rootContainer();
      const { waiting } = slow(container);
      @injectable()
      class House {
        constructor(
          @inject(Hall) readonly hall: Hall,
          @inject(Bell) readonly bell: Bell,
          @inject('failing') readonly failing: unknown,
        ) {}
      }
      container.bind(Bell).toSelf();
      container.bind(Hall).toSelf().inSingletonScope();
      container.bind('failing').toDynamicValue(() => Promise.reject(new Failure()));
      container.bind(House).toSelf();

      await expect(container.getAsync(House)).rejects.toThrow(Failure);
      const meanwhile = bells(container);
      if (outcome === 'resolves') waiting[0]?.resolve('built');
      else waiting[0]?.reject(new Failure());
      const [hall] = await Promise.allSettled([container.getAsync(Hall)]);

      const held = hall.status === 'fulfilled' ? [hall.value.bell] : [];
      expect({ meanwhile, bells: bells(container) }).toEqual({ meanwhile: 1, bells: expected });
      expect(heardBy(container, ...held)).toEqual(expected === 1 ? [1] : []);
    },
  );

  it('W14 leaves to a singleton what is ready for it only after the failure', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    @injectable()
    class LateBell extends Bell {
      constructor(@inject('slow') readonly slow: unknown) {
        super();
      }
    }
    @injectable()
    class Keeper {
      constructor(@inject(LateBell) readonly bell: LateBell) {}
    }
    @injectable()
    class House {
      constructor(
        @inject(Keeper) readonly keeper: Keeper,
        @inject('failing') readonly failing: unknown,
      ) {}
    }
    container.bind(LateBell).toSelf();
    container.bind(Keeper).toSelf().inSingletonScope();
    container.bind('failing').toDynamicValue(() => Promise.reject(new Failure()));
    container.bind(House).toSelf();

    await expect(container.getAsync(House)).rejects.toThrow(Failure);
    waiting[0]?.resolve('late');
    await settle();

    const { bell } = await container.getAsync(Keeper);
    expect(heardBy(container, bell)).toEqual([1]);
  });

  it('W14 leaves nothing wired of what get() begins that turns out to be asynchronous', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    @injectable()
    class LateBell extends Bell {
      constructor(@inject('slow') readonly slow: unknown) {
        super();
      }
    }
    @injectable()
    class House {
      constructor(
        @inject(Bell) readonly bell: Bell,
        @inject(LateBell) readonly late: LateBell,
      ) {}
    }
    container.bind(Bell).toSelf();
    container.bind(LateBell).toSelf();
    container.bind(House).toSelf();

    expect(() => container.get(House)).toThrow('asynchronous');
    waiting[0]?.resolve('late');
    await settle();

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of what a function asked its context for, also later', async () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf();
    container.bind('dynamic').toDynamicValue(async ({ get, getAsync }) => {
      get(Bell);
      await Promise.resolve();
      get(Bell);
      await getAsync(Bell);
      return fail();
    });

    await expect(container.getAsync('dynamic')).rejects.toThrow(Failure);

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of what a function asks its context for when its build has failed', async () => {
    const { container } = rootContainer();
    const going = gate();
    const asked = gate();
    container.bind(Bell).toSelf();
    container.bind('dynamic').toDynamicValue(async ({ get }) => {
      await going.promise;
      get(Bell);
      asked.open();
    });
    container.bind('failing').toDynamicValue(() => Promise.reject(new Failure()));
    @injectable()
    class House {
      constructor(
        @inject('dynamic') readonly dynamic: unknown,
        @inject('failing') readonly failing: unknown,
      ) {}
    }
    container.bind(House).toSelf();

    await expect(container.getAsync(House)).rejects.toThrow(Failure);
    going.open();
    await asked.promise;

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of a property that is injected after an asynchronous argument', async () => {
    const { container } = rootContainer();
    const { waiting } = slow(container);
    @injectable()
    class House {
      @inject(Bell)
      bell!: Bell;
      constructor(@inject('slow') readonly slow: unknown) {}
      @postConstruct()
      open() {
        fail();
      }
    }
    container.bind(Bell).toSelf();
    container.bind(House).toSelf();

    const building = container.getAsync(House);
    waiting[0]?.resolve('late');
    await expect(building).rejects.toThrow();

    expect(bells(container)).toBe(0);
  });

  it('W14 leaves nothing wired of a class that start() could not build, and of the class itself', async () => {
    const { container, errors } = rootContainer();
    let mayBuild = false;
    @injectable()
    class Guard extends Bell {
      constructor(@inject(Bell) readonly bell: Bell) {
        super();
      }
      @postConstruct()
      async ready() {
        await Promise.resolve();
        if (!mayBuild) fail();
      }
    }
    @injectable()
    class House {
      constructor(@inject(Guard) readonly guard: Guard) {}
      @postConstruct()
      async ready() {
        await Promise.resolve();
        fail();
      }
    }
    container.bind(Bell).toSelf();
    container.bind(Guard).toSelf().inSingletonScope();
    container.bind(House).toSelf();

    await start(container);
    const failed = bells(container);
    mayBuild = true;
    await expect(container.getAsync(House)).rejects.toThrow();

    expect(errors.map(({ code }) => code)).toEqual(['CAR2002']);
    expect(failed).toBe(0);
    const guard = await container.getAsync(Guard);
    expect(heardBy(container, guard, guard.bell)).toEqual([1, 1]);
    expect(bells(container)).toBe(2);
  });
});
