/** Cases: what a container injects that has to do with events. */
import { hostOf } from '../../testing/container-host.js';
import { expectNoLiveHandlers } from '../../testing/live-handlers.js';
import type { ContainerWorld } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { buildBell, listeners } from './services.js';

export const facadeCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title:
      'injects the scope and the emitter of the container that is asked, and the bus and the queue of the application',
    async run(world) {
      const root = world.root();
      const child = root.child();
      const [above, below] = [root.facade(), child.facade()];

      expect(below.scope).toBe(child.scope);
      expect(below.emitter).toBe(child.scope.emitter);
      expect(above.scope).toBe(root.scope);
      expect(below.scope === above.scope).toBe(false);
      expect(below.bus).toBe(above.bus);
      expect(below.queue).toBe(above.queue);
    },
  },
  {
    title:
      'the scope of a child is below that of its container, with the options that it was given',
    async run(world) {
      const root = world.root({ name: 'tower', drain: 300 });
      const child = root.child({ name: 'visit', abort: 20 });

      expect(child.scope.path).toBe('tower/visit');
      expect({ drain: child.scope.drain, abort: child.scope.abort }).toEqual({
        drain: 300,
        abort: 20,
      });
      expect(root.scope.children).toEqual([child.scope]);
    },
  },
  {
    title: 'what looks at a container from outside finds its scope and its handlers',
    async run(world) {
      const root = world.root();
      const child = root.child();
      buildBell(root);
      buildBell(child);

      expect(hostOf(root.container).scope).toBe(root.scope);
      expect(hostOf(child.container).scope).toBe(child.scope);
      expect(hostOf(child.container).application.handlers()).toHaveLength(2);
      expect(() => expectNoLiveHandlers(child.container)).toThrow('CAR7051');
      await child.disposeAsync();
      expectNoLiveHandlers(child.container);
      expect(listeners(root)).toBe(1);
    },
  },
];
