/** Cases: what start() builds, in which order, and what it passes over. */
import type { ClassBinding, ContainerWorld, ServiceClass } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Bell, listeners } from './services.js';

/** A bell that notes when it is built. */
function noted(log: string[], name: string): ServiceClass {
  return class extends Bell {
    constructor() {
      super();
      log.push(name);
    }
  };
}

type Selector = Pick<ClassBinding, 'name' | 'tag'>;

function selectedCase(
  capability: string,
  selectors: readonly [Selector, Selector],
): SuiteCase<ContainerWorld> {
  return {
    title: `W16 start() builds singletons that only a ${capability === 'named' ? 'name' : 'tag'} selects, in the order of the bindings`,
    needs: [capability],
    async run(world) {
      const root = world.root();
      const log: string[] = [];
      const lifetime = 'singleton';
      root.bind('bell', { class: noted(log, 'first'), lifetime, ...selectors[0] });
      root.bind('other', { class: noted(log, 'second'), lifetime });
      root.bind('bell', { class: noted(log, 'third'), lifetime, ...selectors[1] });

      const { failed } = await root.start();

      expect({ log, failed }).toEqual({ log: ['first', 'second', 'third'], failed: [] });
      expect(listeners(root)).toBe(3);
    },
  };
}

export const startOrderCases: readonly SuiteCase<ContainerWorld>[] = [
  selectedCase('named', [{ name: 'north' }, { name: 'south' }]),
  selectedCase('tagged', [
    { tag: { key: 'side', value: 'north' } },
    { tag: { key: 'side', value: 'south' } },
  ]),
  {
    title:
      'W16 start() builds what another singleton binds while it is built, after what was bound before',
    needs: ['startLate'],
    async run(world) {
      const root = world.root();
      const log: string[] = [];
      class Feature extends Bell {
        constructor() {
          super();
          log.push('feature');
          root.bind('late', { class: noted(log, 'late'), lifetime: 'singleton' });
        }
      }
      root.bind('feature', { class: Feature, lifetime: 'singleton' });
      root.bind('next', { class: noted(log, 'next'), lifetime: 'singleton' });

      const { built } = await root.start();

      expect(log).toEqual(['feature', 'next', 'late']);
      expect([...built]).toEqual(['feature', 'next', 'late']);
      expect(listeners(root)).toBe(3);
    },
  },
  {
    title: 'W16 start() returns what it passed over, and why',
    needs: ['startOptions', 'factory'],
    async run(world) {
      const root = world.root();
      root.bind('bell', { class: Bell, lifetime: 'singleton' });
      root.bind('made', { factory: () => new Bell(), lifetime: 'singleton' });
      root.bind('transient', { class: Bell, lifetime: 'transient' });
      root.bind('silent', { class: class {}, lifetime: 'transient' });

      const { built, skipped } = await root.start();

      expect([...built]).toEqual(['bell']);
      expect(skipped).toEqual([
        { service: 'made', reason: 'unknown class' },
        { service: 'transient', reason: 'transient' },
      ]);
      expect(listeners(root)).toBe(1);
    },
  },
  {
    title: "W16 start({ build: 'all' }) builds every singleton, and no transient",
    needs: ['startOptions', 'factory'],
    async run(world) {
      const root = world.root();
      const log: string[] = [];
      class Silent {
        constructor() {
          log.push('silent');
        }
      }
      root.bind('silent', { class: Silent, lifetime: 'singleton' });
      root.bind('made', { factory: () => new (noted(log, 'made'))(), lifetime: 'singleton' });
      root.bind('transient', { class: noted(log, 'transient'), lifetime: 'transient' });

      await root.start({ build: 'all' });

      expect(log).toEqual(['silent', 'made']);
      expect(listeners(root)).toBe(1);
    },
  },
  {
    title: "W16 start({ onFailure: 'throw' }) rejects once it has tried all, and has not started",
    needs: ['startOptions'],
    async run(world) {
      const root = world.root();
      const log: string[] = [];
      class Broken extends Bell {
        constructor() {
          super();
          throw new Error('cracked');
        }
      }
      root.bind('broken', { class: Broken, lifetime: 'singleton' });
      root.bind('bell', { class: noted(log, 'bell'), lifetime: 'singleton' });

      await expect(root.start({ onFailure: 'throw' })).rejects.toMatchObject({ code: 'CAR2009' });
      expect({ log, codes: world.codes }).toEqual({ log: ['bell'], codes: [] });
    },
  },
];
