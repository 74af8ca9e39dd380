/** The check of who may import whom, on a copy of the sources with files too many. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { lint, runScript, SourceCopies, type Verdict } from '../support/source-copy.js';

jest.setTimeout(600_000);

const wrong = [
  ['decorators/extra.ts', '../src/events/topic-tree.js', 'src/events/topic-tree.ts'],
  ['src/events/extra.ts', '../dispatch/emitter.js', 'src/dispatch/emitter.ts'],
  ['src/dispatch/extra.ts', '../index.js', 'src/index.ts'],
  ['src/queue/extra.ts', '../bus/event-bus.js', 'src/bus/event-bus.ts'],
  ['src/bus/extra.ts', 'inversify', 'node_modules/inversify/'],
  ['src/scope/extra.ts', 'node:fs', 'fs'],
  ['src/queue/other.ts', '../application/application.js', 'src/application/application.ts'],
  ['src/engines/extra.ts', '../application/application.js', 'src/application/application.ts'],
  ['src/engines/other/extra.ts', '../redis/index.js', 'src/engines/redis/index.ts'],
  ['src/testing/other.ts', '../compliance/suite.js', 'src/compliance/suite.ts'],
  ['src/testing/extra.ts', 'fast-check', 'node_modules/fast-check/'],
  ['src/containers/extra.ts', './inversify/index.js', 'src/containers/inversify/index.ts'],
  ['src/containers/other/extra.ts', '../inversify/index.js', 'src/containers/inversify/index.ts'],
  ['src/new-room/extra.ts', '../events/topic-tree.js', 'src/events/topic-tree.ts'],
] as const;

const right = [
  ['src/bus/extra.ts', '../scope/scope.js'],
  ['src/testing/extra.ts', '../queue/event-queue.js'],
  ['src/containers/other/extra.ts', '../../application/application.js'],
  ['src/compliance/extra.ts', '../testing/virtual-clock.js'],
  ['src/containers/other/more.ts', 'inversify'],
] as const;

const copies = new SourceCopies();

afterAll(() => copies.remove());

/** What the check says of the sources with files that have one type import each. */
async function checkWith(
  added: readonly (readonly [file: string, specifier: string, ...unknown[]])[],
): Promise<Verdict> {
  const sources = added.map(
    ([file, specifier]) => [file, `export type * from '${specifier}';\n`] as const,
  );
  return runScript(await copies.add(Object.fromEntries(sources)), 'directions');
}

describe('import directions', () => {
  let verdict: Verdict;

  beforeAll(async () => {
    verdict = await checkWith(wrong);
  }, 600_000);

  it.each(wrong)('names %s, which may not import %s', (file, _specifier, target) => {
    expect(verdict.output).toMatch(new RegExp(`error .*${file} → (.*/)?${target}`));
  });

  it('fails for those files and no other', () => {
    expect(verdict.output).toContain(`(${wrong.length} errors, 0 warnings)`);
    expect(verdict.failed).toBe(true);
  });

  it('lets a file import what is to its left, its own folder, and what is installed with the library', async () => {
    const { failed, output } = await checkWith(right);

    expect(output).toContain('no dependency violations');
    expect(failed).toBe(false);
  });

  it('leaves it to the linter to refuse a type that is imported in place, which the check does not see', async () => {
    const file = 'src/events/extra.ts';
    const copy = await copies.add({
      [file]: "export type Bus = import('../bus/event-bus.js').EventBus;\n",
    });

    const { failed, output } = await lint(copy, file);

    expect(output).toContain('Write an import statement at the top of the file');
    expect(failed).toBe(true);
  });
});

describe('circles of imports', () => {
  it('names a circle of two files of one room, also where one imports only a type', async () => {
    const copy = await copies.add({
      'src/bus/one.ts': "import { two } from './two.js';\n\nexport const one = () => two;\n",
      'src/bus/two.ts':
        "import type { one } from './one.js';\n\nexport const two: typeof one | undefined = undefined;\n",
    });

    const { failed, output } = await runScript(copy, 'directions');

    expect(output).toMatch(/error circle: src\/bus\/one.ts →\s+src\/bus\/two.ts →/);
    expect(output).toContain('(1 errors, 0 warnings)');
    expect(failed).toBe(true);
  });

  it('names a file that joins the one circle that there may be', async () => {
    const copy = await copies.add({
      'src/dispatch/extra.ts': "export type { Run } from './run.js';\n",
      'src/dispatch/handler.ts': `${await readFile('src/dispatch/handler.ts', 'utf8')}export type * from './extra.js';\n`,
    });

    const { failed, output } = await runScript(copy, 'directions');

    expect(output).toMatch(/error circle:[^:]*src\/dispatch\/extra\.ts →/);
    expect(failed).toBe(true);
  });
});
