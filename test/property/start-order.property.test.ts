/** Random bindings, of which some are named, tagged, asynchronous, bound late or removed: what start() builds, in which order, and how often. */
import { describe, expect, it } from '@jest/globals';
import { On } from 'carillon';
import { census, openScope, scopeOf, start } from 'carillon/inversify';
import { type Container, injectable } from 'inversify';
import { rootContainer } from '../support/container.js';
import { fc } from '../support/properties.js';

const KINDS = ['plain', 'named', 'tagged', 'asynchronous', 'constant', 'resolved before'] as const;

interface Bound {
  readonly kind: (typeof KINDS)[number];
  /** Few, so that most services have several bindings. */
  readonly service: number;
  /** What its constructor binds. */
  readonly late: readonly Bound[];
}

const leaf = fc.record({
  kind: fc.constantFrom(...KINDS),
  service: fc.nat({ max: 2 }),
  late: fc.constant<readonly Bound[]>([]),
});
const bindings: fc.Arbitrary<readonly Bound[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    service: fc.nat({ max: 2 }),
    late: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(leaf, { maxLength: 2 })),
  }),
  { maxLength: 8 },
);

class Rang {}

/** A tree of bindings in one container, with what was built so far. */
class Program {
  readonly built: number[] = [];
  /** What the program has built itself, at once. */
  readonly eager = new Set<number>();
  #count = 0;

  constructor(readonly container: Container) {}

  bind(bound: Bound): void {
    const number = this.#count;
    this.#count += 1;
    const { kind, late } = bound;
    if (kind === 'constant' || kind === 'resolved before') this.eager.add(number);
    const noteBuilt = () => {
      this.built.push(number);
      for (const one of late) this.bind(one);
    };
    @injectable()
    class Bell {
      constructor() {
        noteBuilt();
      }
      @On(Rang)
      hear() {}
    }
    // Only what nothing else selects can be asked for before.
    const service = kind === 'resolved before' ? `alone ${number}` : `service ${bound.service}`;
    if (kind === 'constant') {
      this.container.bind(service).toConstantValue(new Bell());
      return;
    }
    const to = this.container.bind(service).to(Bell).inSingletonScope();
    if (kind === 'named') to.whenNamed(`name ${number}`);
    if (kind === 'tagged') to.whenTagged('number', number);
    if (kind === 'asynchronous')
      to.onActivation(async (_, bell) => {
        await Promise.resolve();
        return bell;
      });
    if (kind === 'resolved before') openScope(this.container).get(service);
  }

  get count(): number {
    return this.#count;
  }
}

describe('start() of random bindings', () => {
  it('W16 builds each of them once, in the order of the bindings, and wires it', async () => {
    await fc.assert(
      fc.asyncProperty(bindings, async (all) => {
        const { container, errors } = rootContainer();
        const program = new Program(container);
        for (const bound of all) program.bind(bound);

        const { failed, skipped } = await start(container);
        const built = [...program.built];
        const { handlers } = census(container);
        await start(container);

        const byStart = built.filter((number) => !program.eager.has(number));
        expect({ failed, skipped, errors }).toEqual({ failed: [], skipped: [], errors: [] });
        expect([...built].sort((one, other) => one - other)).toEqual(
          Array.from({ length: program.count }, (_, index) => index),
        );
        expect(byStart).toEqual([...byStart].sort((one, other) => one - other));
        expect(handlers).toBe(program.count);
        expect({
          built: program.built,
          listenerCount: scopeOf(container).emitter.listenerCount(Rang),
        }).toEqual({ built: built, listenerCount: program.count });
      }),
      { numRuns: 150 },
    );
  });
});
