import { describe, expect, it } from '@jest/globals';
import { On, Scope, ScopedEmitter } from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { Container, inject, injectable, type ResolutionContext } from 'inversify';
import { build, rootContainer } from '../support/container.js';

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

@injectable()
class Tower {
  constructor(
    @inject(Bell) readonly bell: Bell,
    @inject('clock') readonly clock: object,
  ) {}
}

const CONTEXT = Symbol('context');

/** Has no handlers. */
const QUIET = {} as Bell;

describe('the plans of a scope', () => {
  it('W4 has what is bound after a resolution that had failed half-way', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inTransientScope();
    container.bind(Tower).toSelf().inTransientScope();
    const child = openScope(container);
    expect(() => child.get(Tower)).toThrow('clock');

    const bell = build(child, Bell);
    child.bind('clock').toConstantValue({});
    const tower = child.get(Tower);
    child.get(ScopedEmitter).emit(new Rang('one'));

    expect(tower.bell).toBe(bell);
    expect(bell.heard).toEqual(['one']);
  });

  it('W4 has what is bound after that by a scope above', () => {
    const { container } = rootContainer();
    container.bind(Tower).toSelf().inTransientScope();
    container.bind(Bell).toSelf().inTransientScope();
    const above = openScope(container);
    const child = openScope(above);
    expect(() => child.get(Tower)).toThrow('clock');

    const bell = build(above, Bell);
    above.bind('clock').toConstantValue({});

    expect(child.get(Tower).bell).toBe(bell);
  });

  it('W4 tells its plain children what is bound, also when nothing was asked of itself', () => {
    const { container } = rootContainer();
    container.bind('clock').toConstantValue('old');
    const child = openScope(container);
    const plain = new Container({ parent: child });
    plain.get('clock');

    child.bind('clock').toConstantValue('new');

    expect(plain.get('clock')).toBe('new');
  });

  it('W4 has what is bound above after its end, for whoever has kept a way to ask; L1 wires nothing for it', async () => {
    const { container } = rootContainer();
    container.bind(CONTEXT).toDynamicValue((context) => context);
    container.bind(Tower).toSelf().inTransientScope();
    container.bind(Bell).toConstantValue(QUIET);
    container.bind('clock').toConstantValue('first');
    const child = openScope(container);
    const context = child.get<ResolutionContext>(CONTEXT);
    const clocks = [child.get(Tower).clock];
    await child[Symbol.asyncDispose]();

    for (const clock of ['second', 'third']) {
      await container.unbind('clock');
      container.bind('clock').toConstantValue(clock);
      clocks.push(context.get(Tower).clock);
    }
    await container.unbind(Bell);
    container.bind(Bell).toSelf().inTransientScope();

    expect(clocks).toEqual(['first', 'second', 'third']);
    expect(() => context.get(Tower)).toThrow('CAR3001');
  });

  it('L8 ends what was bound after its end as it ended the rest', async () => {
    const { container, errors } = rootContainer();
    const child = openScope(container);
    build(child, Bell);
    child[Symbol.dispose]();

    const bell = build(child, Bell);
    child.get(ScopedEmitter).emit(new Rang('again'));
    await child[Symbol.asyncDispose]();

    expect(bell.heard).toEqual(['again']);
    expect({ isCurrentBound: child.isCurrentBound(Bell), errors }).toEqual({
      isCurrentBound: false,
      errors: [],
    });
  });

  it('W7 takes no instance of a plain child for that of its own singleton', () => {
    const { container } = rootContainer();
    const child = openScope(container, { name: 'request' });
    const plain = new Container({ parent: child });
    child.bind(Bell).toSelf().inSingletonScope();
    plain.bind(Bell).toSelf().inSingletonScope();

    const foreign = plain.get(Bell);
    const own = child.get(Bell);
    child.get(ScopedEmitter).emit(new Rang('own'));

    expect(own).not.toBe(foreign);
    expect({ ownHeard: own.heard, foreignHeard: foreign.heard }).toEqual({
      ownHeard: ['own'],
      foreignHeard: [],
    });
  });

  it('W7 wires each of several singletons of one service, however they came', () => {
    const { container } = rootContainer();
    container.bind('bell').to(Bell).inSingletonScope();
    const child = openScope(container);
    child.bind('bell').to(Bell).inSingletonScope();
    const [only] = child.getAll<Bell>('bell');
    child.bind('bell').to(Bell).inSingletonScope();

    const bells = child.getAll<Bell>('bell');
    child.get(ScopedEmitter).emit(new Rang('child'));
    const above = container.get<Bell>('bell');
    container.get(ScopedEmitter).emit(new Rang('root'));

    expect(bells[0]).toBe(only);
    expect(bells.map(({ heard }) => heard)).toEqual([['child'], ['child']]);
    expect(above.heard).toEqual(['root']);
  });

  it('W5 holds its instance before that is told what was kept: asked for itself, it builds no other', () => {
    const { container } = rootContainer();
    const child = openScope(container);
    const found: unknown[] = [];
    @injectable()
    class Late {
      @On(Rang)
      hear() {
        found.push(child.get(Late));
      }
    }
    child.get(ScopedEmitter).settle(new Rang('early'));

    const late = build(child, Late);

    expect(found).toEqual([late]);
  });

  it('W2 holds no instance that could not be wired', () => {
    const { container } = rootContainer();
    const child = openScope(container);
    @injectable()
    class Circular {
      @On(Rang, { after: [Circular, 'hearToo'] })
      hear() {}
      @On(Rang, { after: [Circular, 'hear'] })
      hearToo() {}
    }
    child.bind(Circular).toSelf().inSingletonScope();

    expect(() => child.get(Circular)).toThrow('CAR4003');
    expect(() => child.get(Circular)).toThrow('CAR4003');

    expect(scopeOf(child).instances.size).toBe(0);
  });

  it('has for the façade what the program adds to it, here and above, and nothing once it has unbound it', () => {
    const { container } = rootContainer();
    const child = openScope(container);
    const [first, second] = [child.get(Scope), child.get(Scope)];
    const seen: unknown[] = [];
    const noting = (name: string) => (_: ResolutionContext, scope: Scope) => {
      seen.push(name, scope);
      return scope;
    };

    container.onActivation(Scope, noting('above'));
    child.get(Scope);
    child.onActivation(Scope, noting('own'));
    child.get(Scope);
    container.unbind(Scope);

    expect([first, second]).toEqual([scopeOf(child), scopeOf(child)]);
    expect(seen).toEqual(['above', 'own', 'above'].flatMap((name) => [name, scopeOf(child)]));
    expect(() => child.get(Scope)).toThrow('Scope');
    expect(child.get(ScopedEmitter)).toBe(scopeOf(child).emitter);
  });

  it('calls the function of the program that is bound for a service of the façade', () => {
    const { container } = rootContainer();
    const child = openScope(container);
    child.get(Scope);
    let calls = 0;
    const given = () => {
      calls += 1;
      return scopeOf(container);
    };

    child.bind(Scope).toDynamicValue(given).inTransientScope();
    child.get(Scope);
    child.unbind(Scope);
    child.get(Scope);

    expect(calls).toBe(1);
  });
});
