/** Random hierarchies of classes mean the same with legacy and with standard decorators. */
import { describe, expect, it } from '@jest/globals';
import * as carillon from 'carillon';
import { Application } from '../../src/application/application.js';
import { esbuildOf, load } from '../support/emitted.js';
import { fc } from '../support/properties.js';

interface Decoration {
  readonly verb: 'On' | 'Once' | 'Subscribe' | 'Deferred';
  readonly events: readonly string[];
  readonly priority: number;
}

interface Method {
  readonly name: string;
  readonly decorations: readonly Decoration[];
}

/** Methods of one class; each class of a hierarchy extends the one before. */
type Level = readonly Method[];

interface Emitted {
  make(library: typeof carillon): (new () => object)[];
}

const decoration = fc.record({
  verb: fc.constantFrom('On' as const, 'Once' as const, 'Subscribe' as const, 'Deferred' as const),
  events: fc.uniqueArray(fc.constantFrom('rang', 'broke', 'fell'), { minLength: 1, maxLength: 3 }),
  priority: fc.integer({ min: 0, max: 1 }),
});
// One declaration for each verb and event: twins with other options are an error, and have tests of their own.
const decorations = fc.uniqueArray(decoration, { selector: ({ verb }) => verb, maxLength: 2 });
const method = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), decorations });
const level: fc.Arbitrary<Level> = fc.uniqueArray(method, {
  selector: ({ name }) => name,
  maxLength: 4,
});
const hierarchy = fc.array(level, { minLength: 1, maxLength: 4 });

function sourceOf(levels: readonly Level[]): string {
  const classes = levels.map((methods, index) => {
    const body = methods.map(({ name, decorations: list }) => {
      const lines = list.map(
        ({ verb, events, priority }) =>
          `@lib.${verb}(${JSON.stringify(events)}, { priority: ${priority} })`,
      );
      return `${lines.join(' ')} ${name}() { return ${index}; }`;
    });
    return `class C${index} ${index > 0 ? `extends C${index - 1}` : ''} { ${body.join('\n')} }`;
  });
  return `export function make(lib) { ${classes.join('\n')} return [${levels.map((_, index) => `C${index}`)}]; }`;
}

async function plansOf(source: string, experimentalDecorators: boolean): Promise<unknown[]> {
  const { make } = await load<Emitted>(esbuildOf(source, experimentalDecorators));
  const { plans } = new Application({});
  const Classes = make(carillon);
  const instances = Classes.map((Class) => new Class());
  return instances.map((instance) =>
    plans
      .of(instance)
      .map(({ verb, event, method: name, priority, run }) => [
        verb,
        event,
        name,
        priority,
        run.call(instance, 0),
      ]),
  );
}

/** What W3 says, in the plainest way: the last class that decorates a method has the say, in the place of the first. */
function expected(levels: readonly Level[]): unknown[] {
  return levels.map((_, last) => {
    const chain = levels.slice(0, last + 1);
    const names = new Set(
      chain.flatMap((methods) =>
        methods.filter(({ decorations: list }) => list.length > 0).map(({ name }) => name),
      ),
    );
    return [...names].flatMap((name) => {
      const all = chain.map((methods) => methods.find((one) => one.name === name));
      const runs = all.findLastIndex((one) => one !== undefined);
      const says =
        all.findLast((one) => one !== undefined && one.decorations.length > 0)?.decorations ?? [];
      // The decorator that stands nearest to the method comes first.
      return [...says]
        .reverse()
        .flatMap(({ verb, events, priority }) =>
          events.map((event) => [verb, event, name, priority, runs]),
        );
    });
  });
}

describe('any hierarchy of classes', () => {
  it('W3 E15 has the same handlers with legacy and with standard decorators', async () => {
    await fc.assert(
      fc.asyncProperty(hierarchy, async (levels) => {
        const source = sourceOf(levels);

        const [legacy, standard] = await Promise.all([
          plansOf(source, true),
          plansOf(source, false),
        ]);

        expect(legacy).toEqual(expected(levels));
        expect(standard).toEqual(legacy);
      }),
      { numRuns: 150 },
    );
  });
});
