/** Random trees of scopes that end in random ways at once, with handlers that wait for these ends: against what each end promises. */
import { describe, expect, it } from '@jest/globals';
import { createScope, Scope } from 'carillon';
import { type Gate, gate } from '../support/gate.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { fc } from '../support/properties.js';

interface Planned {
  /** Counted from the scopes before it. */
  readonly parent: number;
  /** How many turns each of its clean-ups takes; 0 is synchronous. */
  readonly cleanups: readonly number[];
  /** The scopes whose end its handlers await, one for each handler; `undefined` for none. */
  readonly asks: readonly (number | undefined)[];
}

interface Node extends Planned {
  readonly scope: Scope;
  readonly above: Node | undefined;
  readonly below: Node[];
  /** One for each handler. */
  readonly gates: Gate[];
  readonly settled: boolean[];
  cleaned: number;
}

const planned = fc.record({
  parent: fc.nat(),
  cleanups: fc.array(fc.nat(2), { maxLength: 2 }),
  asks: fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 2 }),
});

const step = fc.record({
  scope: fc.nat(),
  means: fc.constantFrom('dispose' as const, 'disposeAsync' as const, 'open' as const),
});

function family(node: Node): Node[] {
  return [node, ...node.below.flatMap(family)];
}

function lineOf(node: Node): Node[] {
  return node.above === undefined ? [node] : [node, ...lineOf(node.above)];
}

/** Whom a handler may wait for without two handlers waiting for each other: its own scope, and those above and below it. */
function asked(node: Node, ask: number): Node {
  const related = [...lineOf(node), ...family(node).slice(1)];
  return related[ask % related.length] as Node;
}

function grow(plans: readonly Planned[], clock: ManualClock): Node[] {
  const nodes: Node[] = [];
  for (const plan of plans) {
    const above = nodes.length === 0 ? undefined : nodes[plan.parent % nodes.length];
    const scope =
      above === undefined
        ? createScope({ clock })
        : new Scope(above.scope.runtime, {}, above.scope);
    const gates = plan.asks.map(() => gate());
    const node: Node = {
      ...plan,
      scope,
      above,
      below: [],
      gates,
      settled: plan.asks.map(() => false),
      cleaned: 0,
    };
    above?.below.push(node);
    nodes.push(node);
  }
  for (const node of nodes) employ(node);
  return nodes;
}

function employ(node: Node): void {
  const { scope, cleanups, asks, gates, settled } = node;
  for (const turns of cleanups) {
    scope.onDispose(() => {
      expect(node.below.every(({ scope: below }) => below.state === 'ended')).toBe(true);
      const clean = () => {
        node.cleaned += 1;
      };
      return turns === 0 ? clean() : inTurns(turns).then(clean);
    });
  }
  asks.forEach((ask, index) => {
    scope.emitter.on('go', async (_: unknown, delivery) => {
      await gates[index]?.promise;
      if (ask !== undefined) await asked(node, ask).scope.disposeAsync({ delivery });
      settled[index] = true;
    });
  });
  scope.emitter.emit('go', undefined as never);
}

async function inTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await settle();
}

/** What holds once the end of the scope has come. */
function expectEnded(end: Node): void {
  for (const node of family(end)) {
    expect(node.scope.state).toBe('ended');
    expect(node.cleaned).toBe(node.cleanups.length);
    node.asks.forEach((ask, index) => {
      // Who waits for an end above or for its own is not waited for.
      const waitsAbove = ask !== undefined && lineOf(node).includes(asked(node, ask));
      if (!waitsAbove) expect(node.settled[index]).toBe(true);
    });
  }
}

describe('ends that meet', () => {
  it('L2 L4 L6 each end waits for all that it promises, and none for ever: a property', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(planned, { minLength: 1, maxLength: 7 }),
        fc.array(step, { maxLength: 12 }),
        async (plans, steps) => {
          const clock = new ManualClock();
          const nodes = grow(plans, clock);
          const ends: Promise<void>[] = [];
          const end = (node: Node) =>
            ends.push(
              node.scope.disposeAsync().then(({ abandoned }) => {
                expect(abandoned).toEqual([]);
                expectEnded(node);
              }),
            );
          for (const { scope, means } of steps) {
            const node = nodes[scope % nodes.length] as Node;
            if (means === 'open') for (const one of node.gates) one.open();
            else if (means === 'dispose') node.scope.dispose();
            else end(node);
            await settle();
          }
          end(nodes[0] as Node);
          for (const { gates } of nodes) for (const one of gates) one.open();
          let isOver = false;
          const all = Promise.all(ends).then(() => {
            isOver = true;
          });
          // The drain time stands still: what waits for itself waits for ever.
          for (let turn = 0; turn < 100 && !isOver; turn += 1) await settle();

          expect(isOver).toBe(true);
          await all;
          await settle();
          for (const { settled } of nodes) expect(settled.every(Boolean)).toBe(true);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 400 },
    );
  });
});
