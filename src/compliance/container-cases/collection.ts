/** Cases: what is collected, and what was forgotten. */
import { Subscribe } from '../../../decorators/handlers.js';
import { moment } from '../../testing/turn.js';
import type { ContainerWorld, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { build, buildBell, given, listener, Rang, ring } from './services.js';

/** More than are ever needed: a target of a weak reference lives until the job ends that asked for it. */
const ROUNDS = 50;

const SCOPES = 1000;

/** How many of them are there after some rounds of collection. */
async function left(world: ContainerWorld, targets: readonly WeakRef<object>[]): Promise<number> {
  const collect = given(world.adapter.collect, 'collect');
  for (let round = 0; round < ROUNDS; round += 1) {
    await moment();
    collect.call(world.adapter);
    if (targets.every((target) => target.deref() === undefined)) return 0;
  }
  return targets.filter((target) => target.deref() !== undefined).length;
}

/** Builds a bell in a child, rings it, and gives what refers to both weakly. */
function visit(
  root: TestedContainer,
  end: (child: TestedContainer) => void,
): readonly WeakRef<object>[] {
  const child = root.child();
  const bell = buildBell(child);
  ring(child);
  end(child);
  return [bell, child.scope, child.container].map((target) => new WeakRef(target));
}

export const collectionCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title: 'L9 what a scope owned is collected after its end, also while the application goes on',
    needs: ['collect'],
    async run(world) {
      const root = world.root();
      buildBell(root);

      const targets = visit(root, (child) => child.dispose());

      expect(await left(world, targets)).toBe(0);
    },
  },
  {
    title: 'L9 what was subscribed to the bus is collected after its end',
    needs: ['collect'],
    async run(world) {
      const root = world.root();
      await root.start();

      const targets = visit(root, (child) => {
        build(
          child,
          'subscriber',
          listener(() => undefined, Subscribe(Rang)),
        );
        child.dispose();
      });

      expect(await left(world, targets)).toBe(0);
    },
  },
  {
    title: 'L10 a scope that only its own emitter knows is collected though nobody disposed it',
    needs: ['collect'],
    async run(world) {
      const targets = visit(world.root(), () => undefined);

      expect(await left(world, targets)).toBe(0);
    },
  },
  {
    title:
      'L10 a scope that was forgotten is reported, once, with where it was opened and what it owns',
    async run(world) {
      const root = world.root({ leaks: { after: 1000 } });
      class Forgotten extends listener(() => undefined, Subscribe(Rang)) {}
      const forgotten = root.child({ name: 'forgotten' });
      build(forgotten, 'subscriber', Forgotten);
      const ended = root.child({ name: 'ended' });
      ended.dispose();

      await world.clock.advance(5000);

      expect(world.codes).toEqual(['CAR3010']);
      const [error] = world.errors;
      expect(/"[^"]*forgotten".*Forgotten/.test(error?.message ?? '')).toBe(true);
      expect(error?.cause).toBeInstanceOf(Error);
    },
  },
  {
    title: 'L11 a thousand scopes that are opened and disposed leave none of themselves',
    needs: ['collect'],
    async run(world) {
      const root = world.root();
      const targets: WeakRef<object>[] = [];
      for (let count = 0; count < SCOPES; count += 1)
        targets.push(...visit(root, (child) => child.dispose()));
      await world.settle();

      expect(root.scope.children).toHaveLength(0);
      expect(await left(world, targets)).toBe(0);
    },
  },
];
