/** Cases: which scope an instance belongs to. */
import type { ContainerWorld, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Bell, buildBell, given, ring, Tower } from './services.js';

const OTHER_LIVES = [
  { lifetime: 'transient', needs: [] },
  { lifetime: 'request', needs: ['request'] },
] as const;

const otherLives: readonly SuiteCase<ContainerWorld>[] = OTHER_LIVES.flatMap(
  ({ lifetime, needs }) => [
    {
      title: `W8 a ${lifetime} instance belongs to the container that was asked for it, and ends with that`,
      needs,
      async run(world) {
        const root = world.root();
        root.bind('bell', { class: Bell, lifetime });
        const child = root.child();
        const bells = [child, root].map((one) => one.get('bell') as Bell);

        ring(child, 'child');
        ring(root, 'root');
        await child.disposeAsync();
        ring(root, 'after');

        expect(bells.map(({ heard }) => heard)).toEqual([['child'], ['root', 'after']]);
      },
    },
    {
      title: `W8 a ${lifetime} instance inside a singleton of an ancestor belongs to the singleton’s owner`,
      needs: ['injection', ...needs],
      async run(world) {
        const root = world.root();
        class Town extends Tower {}
        root.bind('bell', { class: Bell, lifetime });
        root.bind('tower', { class: Tower, lifetime: 'singleton', needs: ['bell'] });
        root.bind('town', { class: Town, lifetime: 'transient', needs: ['tower'] });
        const child = root.child().child();
        const [tower] = (child.get('town') as Tower).held as readonly [Tower];
        const [bell] = tower.held as readonly [Bell];

        ring(child, 'asker');
        await child.disposeAsync();
        ring(root, 'owner');

        expect(bell.heard).toEqual(['owner']);
        expect(world.codes).toEqual([]);
      },
    },
  ],
);

export const ownershipCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title: 'W7 a singleton that a child resolves first hears its owner, and survives the child',
    async run(world) {
      const root = world.root();
      root.bind('bell', { class: Bell, lifetime: 'singleton' });
      const child = root.child();
      const bell = child.get('bell') as Bell;

      ring(child, 'child');
      await child.disposeAsync();
      ring(root, 'owner');

      expect(bell.heard).toEqual(['owner']);
    },
  },
  {
    title:
      'W7 a singleton of a child hears the child, also when an ancestor binds the same class, and a child below asks',
    async run(world) {
      const root = world.root();
      root.bind('bell', { class: Bell, lifetime: 'singleton' });
      const child = root.child();
      child.bind('bell', { class: Bell, lifetime: 'singleton' });
      const grandchild = child.child();
      const bell = grandchild.get('bell') as Bell;

      ring(root, 'ancestor');
      ring(grandchild, 'asker');
      await grandchild.disposeAsync();
      ring(child, 'owner');

      expect(bell.heard).toEqual(['owner']);
    },
  },
  ...otherLives,
  {
    title:
      'W8 a singleton of an ancestor gets what its owner binds, not what the first scope to ask binds in its place',
    needs: ['injection'],
    async run(world) {
      const root = world.root();
      const theirs = new Bell();
      root.bind('bell', { class: Bell, lifetime: 'transient' });
      root.bind('tower', { class: Tower, lifetime: 'singleton', needs: ['bell'] });
      const child = root.child();
      child.bind('bell', { constant: theirs });

      const [held] = (child.get('tower') as Tower).held;

      expect(held === theirs).toBe(false);
    },
  },
  {
    title:
      'W8 a singleton that holds something bound in a scope below is reported once, with the path of injection',
    needs: ['injection', 'captives'],
    async run(world) {
      const root = world.root();
      class Town extends Tower {}
      root.bind('town', { class: Town, lifetime: 'singleton', needs: ['tower'] });
      root.bind('tower', { class: Tower, lifetime: 'transient', needs: ['bell'] });
      const child = root.child({ name: 'request 7' });
      child.bind('bell', { class: Bell, lifetime: 'transient' });

      child.get('town');
      child.get('town');

      expect(world.codes).toEqual(['CAR2003']);
      expect(/Town\b.*Tower\b.*Bell\b/.test(world.errors[0]?.message ?? '')).toBe(true);
      expect(world.errors[0]?.message.includes('request 7')).toBe(true);
    },
  },
  {
    title:
      'W11 what a plain child builds is reported once for each class, and does not leak into the parent’s scope',
    needs: ['plainChild'],
    async run(world) {
      const root = world.root();
      root.bind('bell', { class: Bell, lifetime: 'transient' });
      const scope = root.child();
      const bells = [root, scope, scope].flatMap((parent) => {
        const child = given(parent.plainChild, 'plainChild').call(parent);
        child.bind('own', { class: Bell, lifetime: 'singleton' });
        return ['bell', 'own'].map((service) => child.get(service) as Bell);
      });

      for (const one of [root, scope]) ring(one);

      expect(bells.flatMap(({ heard }) => heard)).toEqual([]);
      expect(world.codes).toEqual(['CAR2004']);
    },
  },
  {
    title:
      'W11 a singleton of the parent belongs to its owner, also when a plain child resolves it',
    needs: ['plainChild'],
    async run(world) {
      const root = world.root();
      root.bind('bell', { class: Bell, lifetime: 'singleton' });
      const parent = root.child();
      const bell = given(parent.plainChild, 'plainChild').call(parent).get('bell') as Bell;

      ring(root, 'owner');

      expect(bell.heard).toEqual(['owner']);
      expect(world.codes).toEqual([]);
    },
  },
  {
    title: 'L19 what is wired does not depend on the order in which things were resolved',
    async run(world) {
      const wired = orders([0, 1, 2, 3]).map((order) => wiredBy(world, order));

      expect(new Set(wired).size).toBe(1);
    },
  },
];

/** Which scope each of four services hears, when they are resolved in that order. */
function wiredBy(world: ContainerWorld, order: readonly number[]): string {
  const root = world.root({ name: 'root' });
  const child = root.child({ name: 'child' });
  root.bind('singleton', { class: Bell, lifetime: 'singleton' });
  root.bind('transient', { class: Bell, lifetime: 'transient' });
  root.bind('constant', { constant: new Bell() });
  const asked: readonly (() => Bell)[] = [
    () => child.get('singleton') as Bell,
    () => child.get('transient') as Bell,
    () => child.get('constant') as Bell,
    () => buildBell(child, 'own'),
  ];
  const bells = new Map(order.map((index) => [index, (asked[index] as () => Bell)()]));
  for (const one of [root, child] as readonly TestedContainer[]) ring(one, one.scope.name);
  return JSON.stringify(asked.map((_, index) => bells.get(index)?.heard));
}

function orders(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((first) =>
    orders(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}
