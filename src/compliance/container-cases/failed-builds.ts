/** Cases: a build that fails. */
import type { ContainerWorld, Lifetime } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate } from '../waiting.js';
import { Bell, given, listeners, ring, Tower } from './services.js';

/** Cannot be built, whatever it is given. */
class Ruin extends Tower {
  constructor(...held: object[]) {
    super(...held);
    throw new Error('no ground');
  }
}

const DEPENDENCIES: readonly (readonly [string, Lifetime, readonly string[]])[] = [
  ['transient', 'transient', []],
  ['request-scoped', 'request', ['request']],
];

export const failedBuildCases: readonly SuiteCase<ContainerWorld>[] = [
  ...DEPENDENCIES.map(
    ([name, lifetime, needs]): SuiteCase<ContainerWorld> => ({
      title: `W14 a class that cannot be built leaves none of its ${name} dependencies wired`,
      needs: ['injection', ...needs],
      async run(world) {
        const root = world.root();
        root.bind('bell', { class: Bell, lifetime });
        root.bind('tower', { class: Tower, lifetime: 'transient', needs: ['bell'] });
        class Ruined extends Ruin {}
        root.bind('ruin', { class: Ruined, lifetime: 'transient', needs: ['bell', 'tower'] });
        class RuinedSingleton extends Ruin {}
        root.bind('singleton', {
          class: RuinedSingleton,
          lifetime: 'singleton',
          needs: ['tower', 'bell'],
        });

        for (const container of [root, root.child()]) {
          for (const service of ['ruin', 'singleton'])
            expect(() => container.get(service)).toThrow('no ground');
          expect(listeners(container)).toBe(0);
        }
        expect(listeners(root)).toBe(0);
      },
    }),
  ),
  {
    title:
      'W14 what a singleton holds that was built meanwhile is still wired, and nothing beside it',
    needs: ['injection'],
    async run(world) {
      const root = world.root();
      root.bind('bell', { class: Bell, lifetime: 'transient' });
      root.bind('keeper', { class: Tower, lifetime: 'singleton', needs: ['bell'] });
      class Ruined extends Ruin {}
      root.bind('ruin', {
        class: Ruined,
        lifetime: 'transient',
        needs: ['bell', 'keeper', 'bell'],
      });

      for (const container of [root.child(), root])
        expect(() => container.get('ruin')).toThrow('no ground');
      ring(root, 'kept');

      const [bell] = (root.get('keeper') as Tower).held;
      expect({ heard: (bell as Bell).heard, listeners: listeners(root) }).toEqual({
        heard: ['kept'],
        listeners: 1,
      });
    },
  },
  {
    title:
      'W14 an asynchronous build that fails leaves nothing wired, and takes nothing from another of the same class',
    needs: ['injection', 'async', 'factory'],
    async run(world) {
      const root = world.root();
      const gates: Gate[] = [];
      const failing = new Set<Gate>();
      const slow = async () => {
        const gate = new Gate();
        gates.push(gate);
        await gate.promise;
        if (failing.has(gate)) throw new Error('no ground');
        return new Tower();
      };
      class LateBell extends Bell {
        constructor(readonly slow: object) {
          super();
        }
      }
      root.bind('slow', { factory: slow, lifetime: 'transient' });
      root.bind('bell', { class: Bell, lifetime: 'transient' });
      root.bind('late', { class: LateBell, lifetime: 'transient', needs: ['slow'] });
      class Hall extends Tower {}
      root.bind('hall', { class: Hall, lifetime: 'transient', needs: ['bell', 'late', 'slow'] });
      const getAsync = given(root.getAsync, 'getAsync');
      const builds = [getAsync.call(root, 'hall'), getAsync.call(root, 'hall')];
      const outcomes = Promise.allSettled(builds);
      // The first and the third are for the late bells.
      for (const at of [2, 0]) gates[at]?.open();
      await world.settle();
      const meanwhile = listeners(root);

      failing.add(gates[1] as Gate);
      for (const at of [1, 3]) gates[at]?.open();
      const [failed, built] = await outcomes;
      ring(root, 'kept');

      expect(meanwhile).toBe(4);
      expect(failed?.status).toBe('rejected');
      const { held } = (built as PromiseFulfilledResult<Tower>).value;
      const heard = held.flatMap((one) => (one instanceof Bell ? one.heard : []));
      expect({ heard, listeners: listeners(root) }).toEqual({
        heard: ['kept', 'kept'],
        listeners: 2,
      });
    },
  },
];
