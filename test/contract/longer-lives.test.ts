import { describe, expect, it } from '@jest/globals';
import { On, ScopedEmitter } from 'carillon';
import { events, openScope, scopeOf } from 'carillon/inversify';
import { Container, inject, injectable, named } from 'inversify';
import { rootContainer } from '../support/container.js';

class Rang {}

@injectable()
class Bell {
  heard = 0;

  @On(Rang)
  hear() {
    this.heard += 1;
  }
}

@injectable()
class Tower {
  constructor(@inject('bell') readonly bell: Bell) {}
}

@injectable()
class Town {
  constructor(@inject(Tower) readonly tower: Tower) {}
}

describe('instances within instances', () => {
  it.each(['inTransientScope', 'inRequestScope'] as const)(
    'W8 a %s instance inside a singleton of an ancestor belongs to the singleton’s owner',
    (scope) => {
      const { container, errors } = rootContainer();
      container.bind('bell').to(Bell)[scope]();
      container.bind(Tower).toSelf().inSingletonScope();
      container.bind(Town).toSelf().inTransientScope();
      const child = openScope(openScope(container));
      const { bell } = child.get(Town).tower;
      const own = child.get<Bell>('bell');

      child.get(ScopedEmitter).emit(new Rang());
      container.get(ScopedEmitter).emit(new Rang());
      child[Symbol.dispose]();
      container.get(ScopedEmitter).emit(new Rang());

      expect({ bellHeard: bell.heard, ownHeard: own.heard }).toEqual({ bellHeard: 2, ownHeard: 1 });
      expect(errors).toEqual([]);
    },
  );

  it('W8 a singleton of an ancestor gets what its owner binds, not what the first scope to ask binds in its place', () => {
    const { container } = rootContainer();
    const theirs = new Bell();
    container.bind('bell').to(Bell).inTransientScope();
    container.bind(Tower).toSelf().inSingletonScope();
    const child = openScope(container);
    child.bind('bell').toConstantValue(theirs);

    expect(child.get(Tower).bell).not.toBe(theirs);
  });

  it('W8 holds for a singleton that is built by a name, asynchronously, or by a plan that a binding has changed', async () => {
    const { container } = rootContainer();
    const child = openScope(container);
    container.bind('bell').to(Bell).inTransientScope();
    container.bind('tower').to(Tower).inSingletonScope().whenNamed('north');
    container.bind('tower').to(Tower).inSingletonScope().whenNamed('south');
    container
      .bind('later')
      .toDynamicValue(async (context) => context.get<Bell>('bell'))
      .inSingletonScope();
    @injectable()
    class Visitor {
      constructor(@inject('tower') @named('south') readonly tower: Tower) {}
    }
    child.bind(Visitor).toSelf().inTransientScope();
    const bells = [child.get(Visitor).tower.bell, await child.getAsync<Bell>('later')];
    await container.unbind('tower');
    container.bind('tower').to(Tower).inSingletonScope().whenNamed('south');
    bells.push(child.get(Visitor).tower.bell);

    child.get(ScopedEmitter).emit(new Rang());
    container.get(ScopedEmitter).emit(new Rang());

    expect(bells.map(({ heard }) => heard)).toEqual([1, 1, 1]);
    expect(new Set(bells).size).toBe(3);
  });

  it('W8 reports a longer-lived instance that holds a shorter-lived one, once, with the path of injection', () => {
    const { container, errors } = rootContainer();
    @injectable()
    class Country {
      constructor(@inject(Town) readonly town: Town) {}
    }
    container.bind(Town).toSelf().inSingletonScope();
    container.bind(Tower).toSelf().inTransientScope();
    container.bind(Country).toSelf().inTransientScope();
    const child = openScope(container, { name: 'request 7' });
    child.bind('bell').to(Bell).inTransientScope();

    child.get(Country);
    child.get(Country);
    openScope(child).get(Country);

    expect(errors.map(({ code, message }) => [code, /Town -> [^.]*/.exec(message)?.[0]])).toEqual([
      ['CAR2003', 'Town -> Tower -> Bell'],
    ]);
    expect(errors[0]?.message).toContain('"request 7"');
  });

  it('W11 reports an instance of a plain child container, once for each class, and does not give it to the parent’s scope', () => {
    const { container, errors } = rootContainer();
    container.bind(Bell).toSelf().inTransientScope();
    const scope = openScope(container, { name: 'request' });
    const children = [
      new Container({ parent: container }),
      new Container({ parent: scope }),
      new Container({ parent: scope }),
    ];
    for (const child of children) child.bind('own').to(Bell).inSingletonScope();

    const bells = children.flatMap((child) => [child.get(Bell), child.get<Bell>('own')]);
    for (const one of [container, scope]) one.get(ScopedEmitter).emit(new Rang());

    expect(bells.map(({ heard }) => heard)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(errors.map(({ code }) => code)).toEqual(['CAR2004']);
    expect(errors[0]?.message).toContain('openScope(parent)');
  });

  it('W11 leaves a singleton of the parent to its owner, also when a plain child resolves it', () => {
    const { container, errors } = rootContainer();
    container.bind(Bell).toSelf().inSingletonScope();
    const bell = new Container({ parent: openScope(container) }).get(Bell);

    container.get(ScopedEmitter).emit(new Rang());

    expect(bell.heard).toBe(1);
    expect(errors).toEqual([]);
  });

  it('W11 refuses the plugin a second time, and to a child of a container that has it', () => {
    const { container } = rootContainer();

    for (const one of [container, openScope(container), new Container({ parent: container })]) {
      expect(() => one.register(events())).toThrow('CAR2005');
    }
  });

  it('W12 two applications share neither emitter, bus, nor what has been reported', async () => {
    const fixtures = [rootContainer(), rootContainer()] as const;
    const bells = fixtures.map(({ container }) => {
      container.bind(Bell).toSelf().inSingletonScope();
      new Container({ parent: container }).bind('own').to(Bell);
      return container.get(Bell);
    });

    fixtures[0].container.get(ScopedEmitter).emit(new Rang());
    for (const { container } of fixtures) {
      const child = new Container({ parent: container });
      child.bind('own').to(Bell).inTransientScope();
      child.get('own');
    }

    expect(bells.map(({ heard }) => heard)).toEqual([1, 0]);
    expect(fixtures.map(({ errors }) => errors.length)).toEqual([1, 1]);
    expect(scopeOf(fixtures[0].container)).not.toBe(scopeOf(fixtures[1].container));
  });
});

describe('the ways to ask', () => {
  it('W5 W8 getAll over a parent and a child gives each instance to its owner', () => {
    const { container } = rootContainer();
    const child = openScope(container);
    for (const one of [container, child]) one.bind('bell').to(Bell).inSingletonScope();
    container.bind('bell').to(Bell).inTransientScope();

    const bells = child.getAll<Bell>('bell', { chained: true });
    container.get(ScopedEmitter).emit(new Rang());
    child.get(ScopedEmitter).emit(new Rang());
    child[Symbol.dispose]();
    container.get(ScopedEmitter).emit(new Rang());

    expect(bells.map(({ heard }) => heard)).toEqual([1, 2, 1]);
  });

  it('W4 autobinding, of a container or of one call, is wired in the container that was asked', () => {
    const root = new Container({ autobind: true, defaultScope: 'Singleton' });
    root.register(events());
    const { container } = rootContainer();
    const child = openScope(container);
    const bells = [openScope(root).get(Bell), child.get(Bell, { autobind: true })];

    for (const one of [root, child]) one.get(ScopedEmitter).emit(new Rang());

    expect(bells.map(({ heard }) => heard)).toEqual([1, 1]);
  });

  it('W5 an instance that a function of the parent gives is wired once, where it was built', () => {
    const { container } = rootContainer();
    const [child, sibling] = [openScope(container), openScope(container)];
    child.bind(Bell).toSelf().inSingletonScope();
    const bell = child.get(Bell);
    container
      .bind('current')
      .toDynamicValue(() => bell)
      .inTransientScope();
    for (const one of [container, sibling, child]) one.get('current');

    for (const one of [container, sibling, child]) one.get(ScopedEmitter).emit(new Rang());

    expect(bell.heard).toBe(1);
  });

  it('a circle of injections is told by the container as ever, and leaves nothing wired', () => {
    const { container } = rootContainer();
    @injectable()
    class Egg extends Bell {
      constructor(@inject('hen') readonly hen: unknown) {
        super();
      }
    }
    @injectable()
    class Hen extends Bell {
      constructor(@inject(Egg) readonly egg: Egg) {
        super();
      }
    }
    container.bind(Egg).toSelf().inSingletonScope();
    container.bind('hen').to(Hen).inSingletonScope();
    const child = openScope(container);

    expect(() => child.get(Egg)).toThrow('ircular');

    expect(container.get(ScopedEmitter).listenerCount(Rang)).toBe(0);
  });
});
