/** Cases: a container whose bindings are removed, and that goes on. */
import type { ContainerWorld } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Bell, buildBell, given, listeners, Rang, ring } from './services.js';

export const removalCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title: 'L7 unbind ends the handlers of the instance that it removes, and no others',
    needs: ['unbind'],
    async run(world) {
      const root = world.root();
      for (const container of [root, root.child()]) {
        const [bell, other] = ['bell', 'other'].map((service) => buildBell(container, service));

        await given(container.unbind, 'unbind').call(container, 'bell');
        ring(container, 'after');

        expect({ bellHeard: bell?.heard, otherHeard: other?.heard }).toEqual({
          bellHeard: [],
          otherHeard: ['after'],
        });
      }
    },
  },
  {
    title: 'L7 rebind ends the handlers of the instance that it removes, and no others',
    needs: ['rebind'],
    async run(world) {
      const root = world.root();
      const [bell, other] = ['bell', 'other'].map((service) => buildBell(root, service));

      await given(root.rebind, 'rebind').call(root, 'bell', { class: Bell, lifetime: 'singleton' });
      ring(root, 'after');

      expect({
        bellHeard: bell?.heard,
        otherHeard: other?.heard,
        listeners: listeners(root),
      }).toEqual({ bellHeard: [], otherHeard: ['after'], listeners: 1 });
    },
  },
  {
    title: 'L26 a removal that fails reaches its caller, and remaining bindings stay wired',
    needs: ['unbind', 'deactivation', 'failedRemoval'],
    async run(world) {
      const root = world.root();
      for (const container of [root, root.child()]) {
        const other = buildBell(container, 'other');
        let fails = true;
        container.bind('bell', {
          class: Bell,
          lifetime: 'singleton',
          deactivation: () => {
            if (fails) throw new Error('stuck');
          },
        });
        const bell = container.get('bell') as Bell;
        const unbind = given(container.unbind, 'unbind');

        await expect((async () => unbind.call(container, 'bell'))()).rejects.toMatchObject({
          message: 'stuck',
        });
        ring(container, 'held');
        fails = false;
        await unbind.call(container, 'bell');
        ring(container, 'removed');

        expect({ bellHeard: bell.heard, otherHeard: other.heard }).toEqual({
          bellHeard: ['held'],
          otherHeard: ['held', 'removed'],
        });
      }
    },
  },
  {
    title: 'L7 an instance goes on hearing while another binding holds it',
    needs: ['unbind'],
    async run(world) {
      const root = world.root();
      const bell = new Bell();
      for (const service of ['one', 'two']) {
        root.bind(service, { constant: bell });
        root.get(service);
      }

      await given(root.unbind, 'unbind').call(root, 'one');
      ring(root, 'held');
      await root.unbind?.('two');
      ring(root, 'removed');

      expect(bell.heard).toEqual(['held']);
    },
  },
  {
    title:
      'L7 each further way to remove a binding that the adapter names ends its handlers, and no others',
    async run(world) {
      const heard: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const { name, bind, remove } of world.adapter.ways ?? []) {
        if (remove === undefined) continue;
        const root = world.root();
        const other = buildBell(root, 'other');
        await bind(root, 'bell', Bell);
        const bell = root.get('bell') as Bell;
        await remove(root);
        ring(root, 'after');
        heard[name] = [bell.heard, other.heard];
        expected[name] = [[], ['after']];
      }

      expect(heard).toEqual(expected);
    },
  },
  ...(['dispose', 'disposeAsync', 'empty'] as const).map(
    (means): SuiteCase<ContainerWorld> => ({
      title: `L7 the end of a container by ${means}() ends all that it owns, transients as well, and nothing else`,
      needs: means === 'empty' ? ['empty'] : [],
      async run(world) {
        const root = world.root();
        const outside = buildBell(root);
        const child = root.child();
        const { emitter } = child.scope;
        child.bind('transient', { class: Bell, lifetime: 'transient' });
        const bells = [buildBell(child), child.get('transient') as Bell];
        const before = emitter.listenerCount(Rang);

        await given<() => unknown>(child[means], means).call(child);
        ring(root, 'after');

        expect(before).toBe(2);
        expect(emitter.listenerCount(Rang)).toBe(0);
        expect([...bells, outside].map(({ heard }) => heard)).toEqual([[], [], ['after']]);
      },
    }),
  ),
  {
    title: 'L8 a container that was emptied begins a new scope',
    needs: ['empty'],
    async run(world) {
      const root = world.root();
      for (const container of [root.child({ name: 'child' }), root]) {
        const old = { scope: container.scope, bell: buildBell(container) };

        await given(container.empty, 'empty').call(container);
        const bell = buildBell(container);
        ring(container, 'new');
        container.facade().events.emit(new Rang('facade'));

        await old.scope.disposeAsync();

        expect({ oldBellHeard: old.bell.heard, bellHeard: bell.heard }).toEqual({
          oldBellHeard: [],
          bellHeard: ['new', 'facade'],
        });
        expect(container.scope === old.scope).toBe(false);
        expect({
          oldScopeState: old.scope.state,
          containerScopeState: container.scope.state,
          containerScopeName: container.scope.name,
        }).toEqual({
          oldScopeState: 'ended',
          containerScopeState: 'open',
          containerScopeName: old.scope.name,
        });
      }
    },
  },
  {
    title: 'L8 a container that was disposed begins a new scope with its next binding',
    needs: ['reuse'],
    async run(world) {
      const child = world.root().child();
      const before = buildBell(child);
      await child.disposeAsync();

      const bell = buildBell(child);
      ring(child, 'new');

      expect({
        beforeHeard: before.heard,
        bellHeard: bell.heard,
        scopeState: child.scope.state,
      }).toEqual({ beforeHeard: [], bellHeard: ['new'], scopeState: 'open' });
    },
  },
];
