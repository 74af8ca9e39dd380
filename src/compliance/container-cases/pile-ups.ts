/** Cases: handlers that pile up in a container that stays. */
import type { ContainerWorld, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Bell } from './services.js';

function getOften(container: TestedContainer, count: number): void {
  for (let index = 0; index < count; index += 1) container.get('bell');
}

export const pileUpCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title:
      'W17 a transient that is resolved again and again is reported at the limit, and then each time that its handlers have doubled',
    async run(world) {
      const root = world.root({ pileUpLimit: 10 });
      root.bind('bell', { class: Bell, lifetime: 'transient' });

      getOften(root, 10);
      const before = world.codes.length;
      getOften(root, 50);

      expect(before).toBe(0);
      expect(world.codes).toEqual(['CAR3012', 'CAR3012', 'CAR3012']);
      expect(world.errors.map(({ message }) => /\d+ live handlers/.exec(message)?.[0])).toEqual(
        ['11', '21', '41'].map((count) => `${count} live handlers`),
      );
    },
  },
  {
    title: 'W17 is not reported where each has a scope of its own, or where the limit is Infinity',
    async run(world) {
      const [root, unlimited] = [
        world.root({ pileUpLimit: 10 }),
        world.root({ pileUpLimit: Number.POSITIVE_INFINITY }),
      ];
      for (const one of [root, unlimited]) one.bind('bell', { class: Bell, lifetime: 'transient' });

      for (let request = 0; request < 5; request += 1) getOften(root.child(), 10);
      getOften(unlimited, 300);

      expect(world.codes).toEqual([]);
    },
  },
];
