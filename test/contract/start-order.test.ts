import { describe, expect, it } from '@jest/globals';
import { CarillonError, Deferred, EventQueue, Listener, On } from 'carillon';
import {
  census,
  openScope,
  StartError,
  type StartReport,
  scopeOf,
  start,
} from 'carillon/inversify';
import {
  type Container,
  ContainerModule,
  type Factory,
  inject,
  injectable,
  multiInject,
  named,
  type ResolutionContext,
  tagged,
} from 'inversify';
import { rootContainer } from '../support/container.js';

class Rang {}

/** A class with a handler that notes its name in the log when it is built. */
function bell(log: string[], name: string) {
  @injectable()
  class Bell {
    constructor() {
      log.push(name);
    }
    @On(Rang)
    hear() {}
  }
  return Bell;
}

function ring(container: Container): void {
  scopeOf(container).emitter.emit(new Rang());
}

type Bind = (service: string) => ReturnType<Container['bind']>;

/** By the container itself, or by a module. */
const BINDERS: Record<string, (container: Container, body: (bind: Bind) => void) => unknown> = {
  'the container': (container, body) => body((service) => container.bind(service)),
  'a module': (container, body) =>
    container.load(new ContainerModule(({ bind }) => body((service) => bind(service)))),
  'a module that is loaded asynchronously': (container, body) => {
    const module = new ContainerModule(async ({ bind }) => body((service) => bind(service)));
    return (container.loadAsync ?? container.load).call(container, module);
  },
};

describe('start()', () => {
  it('W16 builds in the order of the bindings, across services, names and modules', async () => {
    const { container } = rootContainer();
    const log: string[] = [];
    container.bind('plugin').to(bell(log, 'first')).inSingletonScope();
    container.bind('other').to(bell(log, 'second')).inSingletonScope().whenNamed('one');
    await container.load(
      new ContainerModule(
        ({ bind }) => void bind('plugin').to(bell(log, 'third')).inSingletonScope(),
      ),
    );
    container.bind('other').to(bell(log, 'fourth')).inSingletonScope().whenTagged('two', 2);
    container.bind('plugin').to(bell(log, 'fifth')).inSingletonScope();

    const { built } = await start(container);

    expect(log).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
    expect(built).toEqual(['plugin', 'other']);
    expect(census(container).handlers).toBe(5);
  });

  it.each(Object.keys(BINDERS))(
    'W16 builds what is named or tagged with the dependencies that belong to its name or tag, bound by %s',
    async (how) => {
      @injectable()
      class Katana {
        @On(Rang)
        hear() {}
      }
      @injectable()
      class Shuriken {}
      const held: object[] = [];
      @injectable()
      class Ninja {
        constructor(@inject('weapon') weapon: object) {
          held.push(weapon);
        }
        @On(Rang)
        hear() {}
      }
      const { container, errors } = rootContainer();
      await BINDERS[how]?.(container, (bind) => {
        bind('weapon').to(Katana).whenParentNamed('close');
        bind('weapon').to(Shuriken).whenParentTagged('range', 20);
        bind('ninja').to(Ninja).inSingletonScope().whenNamed('close');
        bind('ninja').to(Ninja).inSingletonScope().whenTagged('range', 20);
      });

      const { failed } = await start(container);

      expect({ failed, errors }).toEqual({ failed: [], errors: [] });
      expect(held.map((weapon) => weapon.constructor.name)).toEqual(['Katana', 'Shuriken']);
      expect(container.get<Ninja>('ninja', { name: 'close' })).toBeInstanceOf(Ninja);
      expect(held).toHaveLength(2);
      expect(census(container).handlers).toBe(3);
    },
  );

  it('W16 knows names and tags after a rebinding, and after a snapshot was restored', async () => {
    @injectable()
    class Katana {}
    @injectable()
    class Ninja {
      constructor(@inject('weapon') readonly weapon: object) {}
      @On(Rang)
      hear() {}
    }
    const { container, errors } = rootContainer();
    container.bind('weapon').to(Katana).whenParentNamed('close');
    container.bind('ninja').to(Katana);
    const ninja = await (container.rebindAsync ?? container.rebind).call(container, 'ninja');
    ninja.to(Ninja).inSingletonScope().whenNamed('close');
    container.snapshot();
    await container.unbind('ninja');
    container.restore();

    const { built } = await start(container);

    expect({ built, errors }).toEqual({ built: ['ninja'], errors: [] });
    expect(container.get<Ninja>('ninja', { name: 'close' }).weapon).toBeInstanceOf(Katana);
  });

  it('W16 builds what another one binds while it is built, also where that binds more, after what was bound before', async () => {
    const { container } = rootContainer();
    const log: string[] = [];
    const [Last, Late] = [bell(log, 'last'), bell(log, 'late')];
    @injectable()
    class Middle extends bell(log, 'middle') {
      constructor() {
        super();
        container.bind('last').to(Last).inSingletonScope();
      }
    }
    @injectable()
    class Feature extends bell(log, 'feature') {
      constructor() {
        super();
        container.bind('middle').to(Middle).inSingletonScope();
        container.bind('late').to(Late).inSingletonScope();
      }
    }
    container.bind('feature').to(Feature).inSingletonScope();
    container.bind('next').to(bell(log, 'next')).inSingletonScope();

    const { built } = await start(container);

    expect(log).toEqual(['feature', 'next', 'middle', 'late', 'last']);
    expect(built).toEqual(['feature', 'next', 'middle', 'late', 'last']);
  });

  it('W16 does not build what another one has removed while it was built', async () => {
    const { container } = rootContainer();
    const log: string[] = [];
    @injectable()
    class Feature extends bell(log, 'feature') {
      constructor() {
        super();
        void container.unbind('removed');
      }
    }
    container.bind('feature').to(Feature).inSingletonScope();
    container.bind('removed').to(bell(log, 'removed')).inSingletonScope();

    const { built, failed } = await start(container);

    expect({ log, built, failed }).toEqual({ log: ['feature'], built: ['feature'], failed: [] });
  });

  it('W16 W10 a class per event that a constructor binds hears, and is not built ahead of time', async () => {
    const { container } = rootContainer();
    const log: string[] = [];
    @Listener({ activation: 'event' })
    @injectable()
    class PerEvent {
      constructor() {
        log.push('built');
      }
      @On(Rang)
      hear() {
        log.push('heard');
      }
    }
    @injectable()
    class Feature extends bell(log, 'feature') {
      constructor() {
        super();
        container.bind(PerEvent).toSelf().inSingletonScope();
      }
    }
    container.bind('feature').to(Feature).inSingletonScope();

    const report = await start(container, { build: 'all' });
    const before = [...log];
    ring(container);

    expect({ before, log }).toEqual({ before: ['feature'], log: ['feature', 'built', 'heard'] });
    expect({ built: report.built, skipped: report.skipped }).toEqual({
      built: ['feature'],
      skipped: [],
    });
  });
});

describe('what start() passes over', () => {
  abstract class Clock {}
  class Quartz extends Clock {
    @On(Rang)
    hear() {}
  }
  @injectable()
  class Silent {}

  function clocks(): Container {
    const { container } = rootContainer();
    container
      .bind(Clock)
      .toDynamicValue(() => new Quartz())
      .inSingletonScope();
    container
      .bind('watch')
      .toResolvedValue(() => new Quartz(), [])
      .inSingletonScope();
    container
      .bind(Quartz)
      .toDynamicValue(() => new Quartz())
      .inSingletonScope();
    container.bind('transient').to(Quartz).inTransientScope();
    container.bind('by request').to(Quartz).inRequestScope();
    container
      .bind('maker')
      .toDynamicValue(() => new Quartz())
      .inTransientScope();
    container.bind(Silent).toSelf().inSingletonScope();
    container.bind('silent transient').to(Silent).inTransientScope();
    container.bind('alias').toService('watch');
    container.bind<Factory<object>>('factory').toFactory(() => () => new Quartz());
    container.bind('settings').toConstantValue({ port: 80 });
    return container;
  }

  it('W16 is returned with the reason: transients, and functions whose class cannot be known', async () => {
    const container = clocks();

    const { built, skipped } = await start(container);

    expect(built).toEqual([Quartz]);
    expect(skipped).toEqual([
      { identifier: Clock, reason: 'unknown class' },
      { identifier: 'watch', reason: 'unknown class' },
      { identifier: 'transient', reason: 'transient' },
      { identifier: 'by request', reason: 'request' },
      { identifier: 'maker', reason: 'transient' },
    ]);
    expect(census(container).handlers).toBe(1);
  });

  it("W16 build: 'all' builds every singleton, and no transient", async () => {
    const container = clocks();

    const { built, failed, skipped } = await start(container, { build: 'all' });

    expect(built).toEqual([Clock, 'watch', Quartz, Silent, 'factory', 'settings']);
    expect(failed).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual(['transient', 'request', 'transient']);
    expect(census(container).handlers).toBe(3);
  });

  it('W16 does not list what was built by then, by the program or for another one', async () => {
    const container = clocks();
    @injectable()
    class Tower {
      constructor(@inject('watch') readonly watch: object) {}
      @On(Rang)
      hear() {}
    }
    container.bind(Tower).toSelf().inSingletonScope();
    container.get(Clock);

    const { skipped } = await start(container);

    expect(skipped.map(({ reason }) => reason)).toEqual(['transient', 'request', 'transient']);
  });
});

describe("start() with onFailure: 'throw'", () => {
  function broken() {
    const fixture = rootContainer();
    const log: string[] = [];
    let isBroken = true;
    @injectable()
    class Broken extends bell(log, 'broken') {
      constructor() {
        super();
        if (isBroken) throw new Error('cracked');
      }
    }
    for (const service of ['one', 'two'])
      fixture.container.bind(service).to(Broken).inSingletonScope();
    fixture.container.bind('sound').to(bell(log, 'sound')).inSingletonScope();
    const mend = () => {
      isBroken = false;
    };
    return { ...fixture, log, mend };
  }

  it('W16 CAR2009 rejects with all that could not be built, once it has tried all, and reports nothing besides', async () => {
    const { container, errors, log } = broken();

    const error = await start(container, { onFailure: 'throw' }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(StartError);
    expect(error).toBeInstanceOf(CarillonError);
    const { code, failed, message, cause } = error as StartError;
    expect(code).toBe('CAR2009');
    expect(message).toContain('one, two');
    expect(failed).toEqual(
      ['one', 'two'].map((identifier) => ({
        identifier,
        error: expect.objectContaining({ message: 'cracked' }),
      })),
    );
    expect(cause).toBe(failed[0]?.error);
    expect(log).toEqual(['broken', 'broken', 'sound']);
    expect(errors).toEqual([]);
  });

  it('W16 L16 has not started then: queues stand still, and a second start does', async () => {
    const { container, clock, mend } = broken();
    const done: string[] = [];
    class Worker {
      @Deferred('job')
      run() {
        done.push('job');
      }
    }
    container.bind(Worker).toConstantValue(new Worker());
    await start(container, { onFailure: 'throw' }).catch(() => undefined);
    await container.get(EventQueue).defer('job', undefined);
    await clock.advance(1);
    const before = [...done];

    mend();
    const { built, failed } = await start(container, { onFailure: 'throw' });
    await clock.advance(1);

    expect({ before, done }).toEqual({ before: [], done: ['job'] });
    expect({ built, failed }).toEqual({ built: ['one', 'two', 'sound', Worker], failed: [] });
  });

  it('W16 is not asked for: each failure is reported, and the others are built', async () => {
    const { container, errors } = broken();

    const { built, failed } = await start(container, { onFailure: 'report' });

    expect({ built, length: failed.length }).toEqual({ built: ['sound'], length: 2 });
    expect(errors.map(({ code }) => code)).toEqual(['CAR2002', 'CAR2002']);
  });

  it('CAR7003 refuses what start() does not take', async () => {
    const { container } = rootContainer();

    for (const options of [{ build: 'some' }, { onFailure: true }, { onfailure: 'throw' }, 'all'])
      await expect(start(container, options as never)).rejects.toMatchObject({ code: 'CAR7003' });
    expect(scopeOf(container).state).toBe('open');
  });
});

describe('a singleton of the root that a scope asks for first', () => {
  @injectable()
  class Katana {
    @On(Rang)
    hear() {
      heard.push('katana');
    }
  }
  @injectable()
  class Ninja {
    constructor(@inject('weapon') readonly weapon: object) {}
    @On(Rang)
    hear() {
      heard.push('ninja');
    }
  }
  let heard: string[] = [];

  const SELECTED: Record<string, (scope: Container) => unknown> = {
    'its name': (scope) => scope.get('ninja', { name: 'close' }),
    'its tag': (scope) => scope.get('ninja', { tag: { key: 'range', value: 1 } }),
    'a named argument': (scope) => {
      @injectable()
      class Dojo {
        constructor(@inject('ninja') @named('close') readonly ninja: object) {}
      }
      scope.bind(Dojo).toSelf();
      return scope.get(Dojo);
    },
    'a tagged property': (scope) => {
      @injectable()
      class Dojo {
        @inject('ninja')
        @tagged('range', 1)
        readonly ninja!: object;
      }
      scope.bind(Dojo).toSelf();
      return scope.get(Dojo);
    },
    'a list of a name': (scope) => {
      @injectable()
      class Dojo {
        constructor(@multiInject('ninja') @named('close') readonly ninjas: object[]) {}
      }
      scope.bind(Dojo).toSelf();
      return scope.get(Dojo);
    },
    'a resolved value': (scope) => {
      scope
        .bind('dojo')
        .toResolvedValue((ninja: object) => ninja, [{ serviceIdentifier: 'ninja', name: 'close' }]);
      return scope.get('dojo');
    },
    'an alias': (scope) => {
      scope.bind('dojo').toService('ninja');
      return scope.get('dojo', { name: 'close' });
    },
  };

  it.each(Object.keys(SELECTED))(
    'W8 W16 has the dependencies that belong to its name or tag from its own container: by %s',
    async (how) => {
      heard = [];
      const { container, errors } = rootContainer();
      container.bind('weapon').to(Katana).whenParentNamed('close');
      container.bind('weapon').to(Katana).whenParentTagged('range', 1);
      container.bind('ninja').to(Ninja).inSingletonScope().whenNamed('close');
      container.bind('ninja').to(Ninja).inSingletonScope().whenTagged('range', 1);
      const middle = openScope(container);
      const scope = openScope(middle);

      SELECTED[how]?.(scope);
      ring(scope);
      const below = heard.splice(0);
      await scopeOf(middle).disposeAsync();
      ring(container);

      expect([below, heard.sort()]).toEqual([[], ['katana', 'ninja']]);
      expect(errors).toEqual([]);
    },
  );

  it('W8 CAR2003 is reported where its function gets what only the scope binds, and is built again where it gets all', () => {
    const { container, errors } = rootContainer();
    class Report {
      constructor(readonly source: object) {}
    }
    const sources: Record<string, (context: ResolutionContext) => object> = {
      direct: (context) => context.get('request'),
      'through another': (context) => context.get('middleman'),
      optional: (context) => context.get('request', { optional: true }) ?? {},
      'with a substitute': (context) => {
        try {
          return context.get('request');
        } catch {
          return {};
        }
      },
    };
    for (const [service, source] of Object.entries(sources)) {
      container
        .bind(service)
        .toDynamicValue((context) => new Report(source(context)))
        .inSingletonScope();
    }
    @injectable()
    class Middleman {
      constructor(@inject('request') readonly request: object) {}
    }
    container.bind('middleman').to(Middleman).inTransientScope();
    const scope = openScope(container, { name: 'request 7' });
    scope.bind('request').to(Katana).inSingletonScope();

    for (const service of Object.keys(sources)) {
      scope.get(service);
      scope.get(service);
    }

    expect(errors.map(({ message }) => /CAR2003.*: (.* -> [^.]*)/.exec(message)?.[1])).toEqual([
      'direct -> Katana',
      'through another -> Middleman',
    ]);
    expect(errors[0]?.message).toContain('"request 7"');
  });

  it('W8 a function that fails by itself is not reported as holding anything', () => {
    const { container, errors } = rootContainer();
    container
      .bind('report')
      .toDynamicValue(() => {
        throw new Error('no paper');
      })
      .inSingletonScope();
    const scope = openScope(container);

    expect(() => scope.get('report')).toThrow('no paper');
    expect(errors).toEqual([]);
  });
});

describe('what start() tells by its types', () => {
  it('W16 the report and its parts are public types', async () => {
    const { container } = rootContainer();
    const report: StartReport = await start(container);

    expect(report).toEqual({ built: [], failed: [], skipped: [] });
  });
});
