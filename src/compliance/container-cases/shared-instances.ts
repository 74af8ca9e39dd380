/** Cases: an instance that several containers bind, or that is not there yet. */
import { On, Subscribe } from '../../../decorators/handlers.js';
import type { ContainerWorld, ServiceClass, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Bell, given, handles, Rang, ring } from './services.js';

/** Hears its scope, and the bus. */
class User {
  heard = 0;
  told = 0;

  hear(): void {
    this.heard += 1;
  }

  tell(): void {
    this.told += 1;
  }
}
handles(User as ServiceClass, 'hear', On(Rang));
handles(User as ServiceClass, 'tell', Subscribe(Rang));

/** How often the user hears an event of the container. */
function heardAt(user: User, container: TestedContainer): number {
  user.heard = 0;
  ring(container);
  return user.heard;
}

/** How often it hears one of the bus. */
async function toldBy(user: User, root: TestedContainer): Promise<number> {
  user.told = 0;
  await root.facade().bus.publish(new Rang());
  return user.told;
}

function bindUser(container: TestedContainer, user: User): void {
  container.bind('user', { constant: user });
  container.get('user');
}

const endings: readonly SuiteCase<ContainerWorld>[] = [0, 1].map((first) => ({
  title: `W13 a constant of two scopes hears both, and the bus once, as long as one of them is open: number ${first + 1} ends first`,
  async run(world) {
    const root = world.root();
    await root.start();
    const user = new User();
    const scopes = [root.child(), root.child()] as const;
    for (const scope of scopes) bindUser(scope, user);
    const [ended, left] = first === 0 ? scopes : ([scopes[1], scopes[0]] as const);

    const both = [...scopes.map((scope) => heardAt(user, scope)), await toldBy(user, root)];
    await ended.disposeAsync();
    const one = [heardAt(user, left), await toldBy(user, root)];
    await left.disposeAsync();

    expect({ both, one }).toEqual({ both: [1, 1, 1], one: [1, 1] });
    expect(await toldBy(user, root)).toBe(0);
  },
}));

export const sharedInstanceCases: readonly SuiteCase<ContainerWorld>[] = [
  ...endings,
  {
    title: 'W13 a constant of a root and a scope goes on at the root, whichever was asked first',
    async run(world) {
      const heard: unknown[] = [];
      for (const isRootFirst of [true, false]) {
        const root = world.root();
        const child = root.child();
        const user = new User();
        const order = isRootFirst ? [root, child] : [child, root];
        for (const container of order) bindUser(container, user);

        const before = [root, child].map((container) => heardAt(user, container));
        await child.disposeAsync();
        heard.push([before, heardAt(user, root)]);
      }

      expect(heard).toEqual([
        [[1, 1], 1],
        [[1, 1], 1],
      ]);
    },
  },
  {
    title: 'W13 a constant that is a promise is wired when it has settled',
    needs: ['async'],
    async run(world) {
      const root = world.root();
      const bell = new Bell();
      root.bind('bell', { constant: Promise.resolve(bell) });

      const got = await given(root.getAsync, 'getAsync').call(root, 'bell');
      ring(root, 'rung');

      expect(got).toBe(bell);
      expect(bell.heard).toEqual(['rung']);
    },
  },
  {
    title: 'W13 a constant that is a promise is wired by start()',
    needs: ['async'],
    async run(world) {
      const root = world.root();
      const bell = new Bell();
      root.bind('bell', { constant: Promise.resolve(bell) });

      await root.start();
      ring(root, 'rung');

      expect(bell.heard).toEqual(['rung']);
    },
  },
];
