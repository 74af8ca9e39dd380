/** Cases: which method an event calls. */
import type { ContainerWorld } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Bell, buildBell, ring } from './services.js';

export const ownMethodCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title:
      'W15 an event calls the method of what an activation has put in the place of the instance',
    needs: ['activation'],
    async run(world) {
      const root = world.root();
      const asked: unknown[] = [];
      const activation = (bell: object) =>
        new Proxy(bell, {
          get: (target, name, receiver) => {
            const value: unknown = Reflect.get(target, name, receiver);
            if (name !== 'hear') return value;
            return (...args: unknown[]) => {
              asked.push(args.length);
              return Reflect.apply(value as () => unknown, receiver, args);
            };
          },
        });
      root.bind('bell', { class: Bell, lifetime: 'singleton', activation });
      const bell = root.get('bell') as Bell;

      ring(root, 'rung');

      expect({ asked, heard: bell.heard }).toEqual({ asked: [1], heard: ['rung'] });
    },
  },
  {
    title: 'W15 an event calls a method that was replaced on the instance before it was wired',
    async run(world) {
      const root = world.root();
      const calls: string[] = [];
      class Own extends Bell {
        constructor() {
          super();
          this.hear = ({ note }) => void calls.push(note);
        }
      }
      root.bind('bell', { class: Own, lifetime: 'singleton' });
      const bell = root.get('bell') as Bell;

      ring(root, 'rung');

      expect({ calls, heard: bell.heard }).toEqual({ calls: ['rung'], heard: [] });
    },
  },
  {
    title: 'W15 with lateBinding, an event calls a method that is replaced later, as by a spy',
    async run(world) {
      const heard: unknown[] = [];
      for (const lateBinding of [true, false]) {
        const root = world.root({ lateBinding });
        const calls: string[] = [];
        const bell = buildBell(root);
        bell.hear = ({ note }) => void calls.push(note);
        ring(root, 'rung');
        heard.push([calls, bell.heard]);
      }

      expect(heard).toEqual([
        [['rung'], []],
        [[], ['rung']],
      ]);
    },
  },
];
