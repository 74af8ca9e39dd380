/** Cases: what is wired, when, and how often. */
import { On, Subscribe } from '../../../decorators/handlers.js';
import type { ContainerWorld, TestedBinding } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import {
  Bell,
  build,
  buildBell,
  given,
  handles,
  listener,
  listeners,
  Rang,
  ring,
  Tower,
} from './services.js';

/** Each way to bind a bell that the suite knows by itself. */
const WAYS: readonly (readonly [
  name: string,
  needs: readonly string[],
  binding: () => TestedBinding,
])[] = [
  ['as a singleton', [], () => ({ class: Bell, lifetime: 'singleton' })],
  ['as a transient', [], () => ({ class: Bell, lifetime: 'transient' })],
  ['for each request', ['request'], () => ({ class: Bell, lifetime: 'request' })],
  ['as a constant', [], () => ({ constant: new Bell() })],
  ['by a function', ['factory'], () => ({ factory: () => new Bell(), lifetime: 'singleton' })],
  [
    'by a function, as a transient',
    ['factory'],
    () => ({ factory: () => new Bell(), lifetime: 'transient' }),
  ],
];

const boundWays: readonly SuiteCase<ContainerWorld>[] = WAYS.flatMap(([name, needs, binding]) => [
  {
    title: `W4 is wired when it is bound ${name}`,
    needs,
    async run(world) {
      const root = world.root();
      root.bind('bell', binding());
      const bell = root.get('bell') as Bell;

      ring(root, 'rung');

      expect(bell.heard).toEqual(['rung']);
    },
  },
  {
    title: `W4 is wired when it was bound ${name} before the container got its events`,
    needs: ['late', ...needs],
    async run(world) {
      const late = given(world.adapter.late, 'late').call(world.adapter);
      late.bind('bell', binding());
      const root = world.register(late);
      const bell = root.get('bell') as Bell;

      ring(root, 'rung');

      expect(bell.heard).toEqual(['rung']);
    },
  },
  {
    title: `W4 is wired when it was bound ${name} and built before the container got its events`,
    needs: ['late', ...needs],
    async run(world) {
      const late = given(world.adapter.late, 'late').call(world.adapter);
      late.bind('bell', binding());
      late.get('bell');
      const root = world.register(late);
      const bell = root.get('bell') as Bell;

      ring(root, 'rung');

      expect(bell.heard).toEqual(['rung']);
    },
  },
]);

export const wiringCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title: 'W1 an instance is wired after its constructor, and before it is returned',
    async run(world) {
      const root = world.root();
      const counted: number[] = [];
      class Counting extends Bell {
        constructor() {
          super();
          counted.push(listeners(root));
        }
      }

      build(root, 'bell', Counting);
      counted.push(listeners(root));

      expect(counted).toEqual([0, 1]);
    },
  },
  {
    title: 'W1 an instance is wired after every activation',
    needs: ['activation'],
    async run(world) {
      const root = world.root();
      const counted: number[] = [];
      root.bind('bell', {
        class: Bell,
        lifetime: 'singleton',
        activation: (bell) => {
          counted.push(listeners(root));
          return bell;
        },
      });

      root.get('bell');
      counted.push(listeners(root));

      expect(counted).toEqual([0, 1]);
    },
  },
  {
    title:
      'W1 an instance is wired after an asynchronous activation, and before the resolution gives it',
    needs: ['activation', 'async'],
    async run(world) {
      const root = world.root();
      const counted: number[] = [];
      root.bind('bell', {
        class: Bell,
        lifetime: 'singleton',
        activation: async (bell) => {
          await Promise.resolve();
          counted.push(listeners(root));
          return bell;
        },
      });

      await given(root.getAsync, 'getAsync').call(root, 'bell');
      counted.push(listeners(root));

      expect(counted).toEqual([0, 1]);
    },
  },
  {
    title: 'W2 a constructor that throws leaves nothing wired',
    async run(world) {
      const root = world.root();
      class Broken extends Bell {
        constructor() {
          super();
          throw new Error('cracked');
        }
      }
      root.bind('bell', { class: Broken, lifetime: 'singleton' });

      expect(() => root.get('bell')).toThrow('cracked');
      expect(listeners(root)).toBe(0);
    },
  },
  {
    title: 'W2 an activation that throws leaves nothing wired',
    needs: ['activation'],
    async run(world) {
      const root = world.root();
      root.bind('bell', {
        class: Bell,
        lifetime: 'singleton',
        activation: () => {
          throw new Error('cracked');
        },
      });

      expect(() => root.get('bell')).toThrow('cracked');
      expect(listeners(root)).toBe(0);
    },
  },
  {
    title: 'W2 a class of which one handler cannot be placed leaves none of the others wired',
    async run(world) {
      const root = world.root();
      class Circular {
        first(): void {
          ring(root);
        }
        second(): void {
          ring(root);
        }
      }
      handles(Circular, 'first', On(Rang, { after: [Circular, 'second'] }));
      handles(Circular, 'second', On(Rang, { after: [Circular, 'first'] }));
      root.bind('circular', { class: Circular, lifetime: 'singleton' });

      expect(() => root.get('circular')).toThrow('CAR4003');
      expect(listeners(root)).toBe(0);
    },
  },
  {
    title:
      'W3 handlers are found on the whole prototype chain, overrides are run, and nothing is wired twice',
    async run(world) {
      const root = world.root();
      const calls: string[] = [];
      class Base {
        inherited(): void {
          calls.push('inherited');
        }
        overridden(): void {
          calls.push('base');
        }
        declaredAgain(): void {
          calls.push('never');
        }
      }
      class Derived extends Base {
        override overridden(): void {
          calls.push('override');
        }
        override declaredAgain(): void {
          calls.push('by bus');
        }
      }
      for (const method of ['inherited', 'overridden', 'declaredAgain'])
        handles(Base, method, On(Rang));
      handles(Derived, 'declaredAgain', Subscribe(Rang));
      build(root, 'derived', Derived);
      await root.start();

      ring(root);
      await root.facade().bus.publish(new Rang());

      expect(calls).toEqual(['inherited', 'override', 'by bus']);
    },
  },
  ...boundWays,
  {
    title: 'W4 is wired when it is bound by a function that is asynchronous',
    needs: ['factory', 'async'],
    async run(world) {
      const root = world.root();
      root.bind('bell', { factory: async () => new Bell(), lifetime: 'singleton' });
      const bell = (await given(root.getAsync, 'getAsync').call(root, 'bell')) as Bell;

      ring(root, 'rung');

      expect(bell.heard).toEqual(['rung']);
    },
  },
  {
    title: 'W4 is wired when it is bound again, in the place of what was bound before',
    needs: ['rebind'],
    async run(world) {
      const root = world.root();
      root.bind('bell', { constant: new Tower() });
      root.get('bell');
      await given(root.rebind, 'rebind').call(root, 'bell', { class: Bell, lifetime: 'singleton' });
      const bell = root.get('bell') as Bell;

      ring(root, 'rung');

      expect(bell.heard).toEqual(['rung']);
    },
  },
  {
    title:
      'W4 is wired when it is bound after a first resolution of something else, in a scope that is open already',
    async run(world) {
      const root = world.root();
      buildBell(root, 'first');
      const child = root.child();
      buildBell(child, 'second');
      root.bind('third', { class: Bell, lifetime: 'transient' });
      const third = child.get('third') as Bell;

      ring(child, 'rung');

      expect(third.heard).toEqual(['rung']);
    },
  },
  {
    title: 'W4 is wired in each further way that the adapter names',
    async run(world) {
      const heard: Record<string, readonly string[]> = {};
      const expected: Record<string, readonly string[]> = {};
      for (const way of world.adapter.ways ?? []) {
        const root = world.root();
        await way.bind(root, 'bell', Bell);
        const bell = root.get('bell') as Bell;
        ring(root, 'rung');
        heard[way.name] = bell.heard;
        expected[way.name] = ['rung'];
      }

      expect(heard).toEqual(expected);
    },
  },
  {
    title: 'W5 a singleton that is resolved many times, here and below, is wired once',
    async run(world) {
      const root = world.root();
      const bell = buildBell(root);
      const child = root.child();
      for (const one of [root, child, root.child(), child]) one.get('bell');

      ring(root, 'once');
      ring(child, 'never');

      expect(bell.heard).toEqual(['once']);
    },
  },
  {
    title: 'W5 an instance is wired once, through many services',
    async run(world) {
      const root = world.root();
      const bell = buildBell(root);
      for (const service of ['one', 'two']) root.bind(service, { constant: bell });
      for (const service of ['one', 'two', 'bell', 'one']) root.get(service);

      ring(root, 'once');

      expect(bell.heard).toEqual(['once']);
    },
  },
  {
    title: 'W5 an instance is wired once, through a service that stands for another',
    needs: ['alias'],
    async run(world) {
      const root = world.root();
      root.bind('alias', { alias: 'bell' });
      const bell = buildBell(root);
      for (const one of [root, root.child()]) expect(one.get('alias')).toBe(bell);

      ring(root, 'once');

      expect(bell.heard).toEqual(['once']);
    },
  },
  {
    title: 'W5 an instance that a function above gives is wired once, where it was built',
    needs: ['factory'],
    async run(world) {
      const root = world.root();
      const [child, sibling] = [root.child(), root.child()];
      const bell = buildBell(child);
      root.bind('current', { factory: () => bell, lifetime: 'transient' });
      for (const one of [root, sibling, child]) one.get('current');

      for (const one of [root, sibling]) ring(one, 'never');
      ring(child, 'once');

      expect(bell.heard).toEqual(['once']);
    },
  },
  {
    title:
      'W6 what an activation puts in the place of an instance is what hears, and is what is deactivated',
    needs: ['activation', 'deactivation'],
    async run(world) {
      const root = world.root();
      const other = new Bell();
      const deactivated: object[] = [];
      root.bind('bell', {
        class: Bell,
        lifetime: 'singleton',
        activation: () => other,
        deactivation: (instance) => void deactivated.push(instance),
      });
      const bell = root.get('bell');

      ring(root, 'rung');
      await root.stop();

      expect(bell).toBe(other);
      expect(other.heard).toEqual(['rung']);
      expect(deactivated).toEqual([other]);
    },
  },
  {
    title: 'W6 a class without handlers is activated and deactivated as ever',
    needs: ['activation', 'deactivation'],
    async run(world) {
      const root = world.root();
      const steps: string[] = [];
      root.bind('tower', {
        class: Tower,
        lifetime: 'singleton',
        activation: (tower) => {
          steps.push('activated');
          return tower;
        },
        deactivation: async () => {
          await Promise.resolve();
          steps.push('deactivated');
        },
      });

      root.get('tower');
      root.get('tower');
      await root.stop();

      expect(steps).toEqual(['activated', 'deactivated']);
    },
  },
  {
    title:
      'W12 two applications in one process share nothing, and a class of the same name is another class',
    async run(world) {
      const [one, other] = [world.root({ name: 'one' }), world.root({ name: 'other' })];
      const calls: string[] = [];
      const namesakes = ['first', 'second'].map((name) => listener(() => calls.push(name)));
      const bells = [one, other].map((root) => buildBell(root));
      namesakes.map((namesake, index) => build(one, `namesake ${index}`, namesake));
      await Promise.all([one.start(), other.start()]);

      ring(one, 'one');
      await other.facade().bus.publish(new Rang('published'));

      expect(bells.map(({ heard }) => heard)).toEqual([['one'], []]);
      expect(calls).toEqual(['first', 'second']);
      expect(one.facade().bus === other.facade().bus).toBe(false);
      await one.stop();
      expect(other.scope.state).toBe('open');
    },
  },
];
