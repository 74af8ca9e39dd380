import { describe, expect, it } from '@jest/globals';
import { EventBus, EventQueue, Events, On, Once, Scope, ScopedEmitter, Subscribe } from 'carillon';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import {
  Container,
  ContainerModule,
  inject,
  injectable,
  postConstruct,
  preDestroy,
} from 'inversify';
import { rootContainer } from '../support/container.js';

class Rang {
  constructor(readonly note: string) {}
}

@injectable()
class Bell {
  readonly heard: string[] = [];

  @On(Rang)
  hear(event: Rang) {
    this.heard.push(event.note);
  }
}

describe('wiring', () => {
  it('W1 wires after constructor, property injection, post-construct and every activation', () => {
    const { container } = rootContainer();
    const emitter = container.get(ScopedEmitter);
    const steps: string[] = [];
    const count = (step: string) => steps.push(`${step} ${emitter.listenerCount(Rang)}`);
    @injectable()
    class Late {
      @inject('value') readonly value!: string;
      constructor() {
        count('constructor');
      }
      @postConstruct()
      ready() {
        count(`postConstruct ${this.value}`);
      }
      @On(Rang)
      hear() {}
    }
    container.bind('value').toConstantValue('injected');
    container
      .bind(Late)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, late) => {
        count('binding activation');
        return late;
      });
    container.onActivation(Late, (_, late: Late) => {
      count('service activation');
      return late;
    });

    container.get(Late);
    count('returned');

    expect(steps).toEqual([
      'constructor 0',
      'postConstruct injected 0',
      'binding activation 0',
      'service activation 0',
      'returned 1',
    ]);
  });

  it('W1 wires after an asynchronous activation, before the resolution returns', async () => {
    const { container } = rootContainer();
    const emitter = container.get(ScopedEmitter);
    let duringActivation = -1;
    container.bind(Bell).toSelf().inSingletonScope();
    container.onActivation(Bell, async (_, bell: Bell) => {
      await Promise.resolve();
      duringActivation = emitter.listenerCount(Rang);
      return bell;
    });

    await container.getAsync(Bell);

    expect({ duringActivation, listenerCount: emitter.listenerCount(Rang) }).toEqual({
      duringActivation: 0,
      listenerCount: 1,
    });
  });

  it('W1 wires after an activation that was added last, also by a parent of the container', () => {
    const { container } = rootContainer();
    const child = openScope(container);
    const emitter = child.get(ScopedEmitter);
    let duringActivation = -1;
    child.bind(Bell).toSelf().inSingletonScope();
    container.onActivation(Bell, (_, bell: Bell) => {
      duringActivation = emitter.listenerCount(Rang);
      return bell;
    });

    child.get(Bell);

    expect({ duringActivation, listenerCount: emitter.listenerCount(Rang) }).toEqual({
      duringActivation: 0,
      listenerCount: 1,
    });
  });

  it.each(['constructor', 'postConstruct', 'activation'])(
    'W2 leaves nothing wired when the %s throws',
    (where) => {
      const { container } = rootContainer();
      const emitter = container.get(ScopedEmitter);
      const fail = (at: string) => {
        if (at === where) throw new Error(`failed in ${at}`);
      };
      @injectable()
      class Broken {
        constructor() {
          fail('constructor');
        }
        @postConstruct()
        ready() {
          fail('postConstruct');
        }
        @On(Rang)
        hear() {}
      }
      container.bind(Broken).toSelf().inSingletonScope();
      container.onActivation(Broken, (_, broken: Broken) => {
        fail('activation');
        return broken;
      });

      expect(() => container.get(Broken)).toThrow();

      expect(emitter.listenerCount(Rang)).toBe(0);
    },
  );

  it('W2 leaves nothing wired when one handler of the class cannot be placed', () => {
    const { container } = rootContainer();
    @injectable()
    class Circular {
      @Subscribe('bell.rang')
      hearBus() {}
      @On(Rang, { after: [Circular, 'hearToo'] })
      hear() {}
      @On(Rang, { after: [Circular, 'hear'] })
      hearToo() {}
    }
    container.bind(Circular).toSelf().inSingletonScope();

    expect(() => container.get(Circular)).toThrow('CAR4003');

    expect(scopeOf(container).instances.size).toBe(0);
    expect(container.get(ScopedEmitter).listenerCount(Rang)).toBe(0);
  });

  it('W3 finds the handlers of base classes, runs overrides, and wires nothing twice', () => {
    const { container } = rootContainer();
    const calls: string[] = [];
    @injectable()
    class Base {
      @On(Rang)
      inherited() {
        calls.push('inherited');
      }
      @On(Rang)
      overridden() {
        calls.push('base');
      }
      @On(Rang)
      declaredAgain() {
        calls.push('never');
      }
    }
    @injectable()
    class Derived extends Base {
      override overridden() {
        calls.push('override');
      }
      @Subscribe('bell')
      override declaredAgain() {
        calls.push('by bus');
      }
      @On(Rang)
      own() {
        calls.push('own');
      }
    }
    container.bind(Derived).toSelf().inSingletonScope();
    container.get(Derived);

    container.get(ScopedEmitter).emit(new Rang('a'));
    void container.get(EventBus).publish('bell', undefined);

    expect(calls).toEqual(['inherited', 'override', 'own', 'by bus']);
  });

  it('W5 wires an instance once, through many identifiers and resolutions', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inSingletonScope();
    container.bind('bell').toService(Bell);
    container.bind('constant').toConstantValue(container.get(Bell));
    container.bind('dynamic').toDynamicValue((context) => context.get(Bell));
    const child = openScope(container);

    const bells = [
      container.get<Bell>('bell'),
      container.get<Bell>('constant'),
      child.get<Bell>('dynamic'),
      child.get(Bell),
    ];
    container.get(ScopedEmitter).emit(new Rang('once'));

    expect(new Set(bells).size).toBe(1);
    expect(container.get(Bell).heard).toEqual(['once']);
    expect(child.get(ScopedEmitter).listenerCount(Rang)).toBe(0);
  });

  it('W7 lets a singleton that a child resolves first hear its owner, and survive the child', async () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inSingletonScope();
    const child = openScope(container);
    const bell = child.get(Bell);

    child.get(ScopedEmitter).emit(new Rang('child'));
    await child[Symbol.asyncDispose]();
    container.get(ScopedEmitter).emit(new Rang('owner'));

    expect(bell.heard).toEqual(['owner']);
  });

  it('W7 lets a singleton of a child hear the child, also when an ancestor binds the same class', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inSingletonScope();
    const child = openScope(container);
    child.bind(Bell).toSelf().inSingletonScope();
    const grandchild = openScope(child);
    const bell = grandchild.get(Bell);

    container.get(ScopedEmitter).emit(new Rang('ancestor'));
    grandchild.get(ScopedEmitter).emit(new Rang('asker'));
    child.get(ScopedEmitter).emit(new Rang('owner'));

    expect(bell.heard).toEqual(['owner']);
  });

  it('gives a transient of the parent to the container that was asked', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inTransientScope();
    const child = openScope(container);
    const bell = child.get(Bell);

    child.get(ScopedEmitter).emit(new Rang('child'));
    container.get(ScopedEmitter).emit(new Rang('parent'));

    expect(bell.heard).toEqual(['child']);
  });

  it('W9 builds nothing before start, and then every bound singleton with handlers once, in binding order', async () => {
    const { container, errors } = rootContainer();
    const built: string[] = [];
    @injectable()
    class First {
      constructor() {
        built.push('first');
      }
      @On(Rang)
      hear() {}
    }
    @injectable()
    class Broken {
      constructor() {
        throw new Error('no bell rope');
      }
      @On(Rang)
      hear() {}
    }
    @injectable()
    class Silent {
      constructor() {
        built.push('silent');
      }
    }
    @injectable()
    class Last {
      constructor() {
        built.push('last');
      }
      @Subscribe('bell')
      hear() {}
    }
    container.bind(First).toSelf().inSingletonScope();
    container.bind(Broken).toSelf().inSingletonScope();
    container.bind(Silent).toSelf().inSingletonScope();
    container.bind('last').to(Last).inSingletonScope();
    container.onActivation('last', async (_, last: Last) => last);
    const before = container.get(ScopedEmitter).listenerCount(Rang);

    const report = await start(container);

    expect(before).toBe(0);
    expect(built).toEqual(['first', 'last']);
    expect(report.built).toEqual([First, 'last']);
    expect(report.failed).toEqual([
      { identifier: Broken, error: expect.objectContaining({ message: 'no bell rope' }) },
    ]);
    expect(errors).toEqual([expect.objectContaining({ code: 'CAR2002' })]);
    expect(container.get(ScopedEmitter).listenerCount(Rang)).toBe(1);
  });

  it('wires what was bound and resolved before the plugin was registered, from its next resolution on', async () => {
    const { events } = await import('carillon/inversify');
    const container = new Container();
    container.bind(Bell).toSelf().inTransientScope();
    container.get(Bell);
    container.register(events());

    const bell = container.get(Bell);
    container.get(ScopedEmitter).emit(new Rang('late'));

    expect(bell.heard).toEqual(['late']);
  });

  it('wires what a module binds, what autobinding finds, and what is bound again', async () => {
    const { container } = rootContainer();
    container.load(
      new ContainerModule(({ bind }) => void bind('module').to(Bell).inSingletonScope()),
    );
    const fromModule = container.get<Bell>('module');
    const found = container.get(Bell, { autobind: true });
    container.bind('again').toConstantValue('silent');
    container.get('again');
    await container.unbind('again');
    container.bind('again').to(Bell).inSingletonScope();
    const again = container.get<Bell>('again');

    container.get(ScopedEmitter).emit(new Rang('x'));

    expect({
      fromModuleHeard: fromModule.heard,
      foundHeard: found.heard,
      againHeard: again.heard,
    }).toEqual({ fromModuleHeard: ['x'], foundHeard: ['x'], againHeard: ['x'] });
  });

  it('injects the façade and its providers, those of the scope that asks', async () => {
    const { container } = rootContainer();
    @injectable()
    class Client {
      constructor(
        @inject(Events) readonly events: Events,
        @inject(ScopedEmitter) readonly emitter: ScopedEmitter,
        @inject(EventBus) readonly bus: EventBus,
        @inject(EventQueue) readonly queue: EventQueue,
        @inject(Scope) readonly scope: Scope,
      ) {}
    }
    container.bind(Client).toSelf().inTransientScope();
    const child = openScope(container, { name: 'child' });

    const client = child.get(Client);

    expect(client.scope).toBe(scopeOf(child));
    expect(client.emitter).toBe(scopeOf(child).emitter);
    expect(client.bus).toBe(container.get(EventBus));
    expect(client.events).toBeInstanceOf(Events);
    await stop(container);
  });

  it('W6 leaves the user’s own lifecycle hooks as they are, and what an activation puts in an instance’s place', async () => {
    const { container } = rootContainer();
    const hooks: string[] = [];
    @injectable()
    class Hooked {
      readonly name: string = 'built';
      @postConstruct()
      ready() {
        hooks.push('postConstruct');
      }
      @preDestroy()
      bye() {
        hooks.push('preDestroy');
      }
      @Once(Rang)
      hear() {
        hooks.push(`heard by ${this.name}`);
      }
    }
    class Replaced extends Hooked {
      override readonly name = 'replaced';
    }
    const binding = container.bind(Hooked).toSelf().inSingletonScope();
    binding.onActivation((_, built) => {
      hooks.push(`binding's activation of ${built.name}`);
      return new Replaced();
    });
    binding.onDeactivation(({ name }) => void hooks.push(`binding's deactivation of ${name}`));
    container.onActivation(Hooked, (_, hooked: Hooked) => {
      hooks.push(`service's activation of ${hooked.name}`);
      return hooked;
    });
    container.onDeactivation(
      Hooked,
      ({ name }: Hooked) => void hooks.push(`service's deactivation of ${name}`),
    );
    container.get(Hooked);

    container.get(ScopedEmitter).emit(new Rang(''));
    await stop(container);

    expect(hooks).toEqual([
      'postConstruct',
      "binding's activation of built",
      "service's activation of replaced",
      'heard by replaced',
      'preDestroy',
      "binding's deactivation of replaced",
      "service's deactivation of replaced",
    ]);
  });
});
