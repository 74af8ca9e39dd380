/** Cases: in which order scopes end, and what in them. */
import { Subscribe } from '../../../decorators/handlers.js';
import type { ContainerWorld, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate } from '../waiting.js';
import { Bell, build, buildBell, given, listener, Rang, ring } from './services.js';

type Ending = (container: TestedContainer) => unknown;

const ENDS: readonly (readonly [name: string, needs: readonly string[], end: Ending])[] = [
  ['dispose()', [], (container) => container.dispose()],
  ['disposeAsync()', [], (container) => container.disposeAsync()],
  [
    'unbind()',
    ['unbind'],
    (container) => given(container.unbind, 'unbind').call(container, 'bell'),
  ],
  ['being emptied', ['empty'], (container) => given(container.empty, 'empty').call(container)],
];

const silentCases: readonly SuiteCase<ContainerWorld>[] = ENDS.map(([name, needs, end]) => ({
  title: `L14 handlers are unsubscribed before any deactivation of the same scope runs, by ${name}`,
  needs: ['deactivation', ...needs],
  async run(world) {
    const root = world.root();
    await root.start();
    const child = root.child();
    const { bus } = root.facade();
    const { emitter } = child.scope;
    const calls: string[] = [];
    class Both extends listener(() => calls.push('emitter')) {}
    const emit = async (): Promise<void> => {
      emitter.emit(new Rang());
      await bus.publish(new Rang()).catch(() => undefined);
    };
    child.bind('bell', { class: Both, lifetime: 'singleton', deactivation: emit });
    child.get('bell');
    if (needs[0] !== 'unbind')
      build(
        child,
        'subscriber',
        listener(() => calls.push('bus'), Subscribe(Rang)),
      );
    await emit();
    const before = [...calls].sort();
    calls.length = 0;

    await end(child);
    await world.settle();

    expect(before.includes('emitter')).toBe(true);
    expect(calls).toEqual([]);
  },
}));

export const orderOfEndCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title:
      'L6 a parent ends its children first, the youngest first; a child’s end touches neither parent nor siblings',
    async run(world) {
      const ended: string[] = [];
      const open = (parent: TestedContainer, name: string) => {
        const child = parent.child({ name });
        child.scope.onDispose(() => void ended.push(name));
        return child;
      };
      const root = world.root();
      const parent = open(root, 'parent');
      const older = open(parent, 'older');
      open(older, 'grandchild');
      const single = open(parent, 'single');
      open(parent, 'younger');
      const bells = [root, parent, older].map((container) => buildBell(container));

      await single.disposeAsync();
      for (const one of [root, parent, older]) ring(one, 'alive');
      await parent.disposeAsync();
      for (const one of [root, parent, older]) ring(one, 'after');

      expect(ended).toEqual(['single', 'younger', 'grandchild', 'older', 'parent']);
      expect(bells.map(({ heard }) => heard)).toEqual([['alive', 'after'], ['alive'], ['alive']]);
      expect(root.scope.children).toHaveLength(0);
    },
  },
  {
    title: 'L6 what a container holds is deactivated after what the containers below it hold',
    needs: ['deactivation'],
    async run(world) {
      const parent = world.root().child();
      const ended: string[] = [];
      const containers = { parent, older: parent.child(), younger: parent.child() };
      for (const [name, container] of Object.entries(containers)) {
        container.bind('bell', {
          class: Bell,
          lifetime: 'singleton',
          deactivation: () => void ended.push(name),
        });
        container.get('bell');
      }

      await parent.disposeAsync();

      expect(ended).toEqual(['younger', 'older', 'parent']);
    },
  },
  {
    title: 'L6 a parent waits for the deactivation of a child that was disposed alone',
    needs: ['deactivation'],
    async run(world) {
      const parent = world.root().child();
      const child = parent.child();
      const finish = new Gate();
      const ended: string[] = [];
      child.bind('bell', {
        class: Bell,
        lifetime: 'singleton',
        deactivation: async () => {
          await finish.promise;
          ended.push('child');
        },
      });
      child.get('bell');

      child.dispose();
      const ending = parent.disposeAsync().then(() => ended.push('parent'));
      await world.settle();
      const before = [...ended];
      finish.open();
      await ending;

      expect({ before, ended }).toEqual({ before: [], ended: ['child', 'parent'] });
    },
  },
  ...silentCases,
];
