/** The check of who may import whom, on a copy of the sources with files too many. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(60_000);

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

interface Verdict {
  readonly failed: boolean;
  readonly output: string;
}

const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** A copy of the sources to which these files have been added. */
async function copyWith(added: Readonly<Record<string, string>>): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'carillon-directions-'));
  folders.push(copy);
  for (const name of ['src', 'decorators', 'tools', 'package.json', 'biome.json', '.gitignore']) {
    await cp(name, join(copy, name), { recursive: true });
  }
  await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  for (const [file, source] of Object.entries(added)) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), source);
  }
  return copy;
}

/** What the check says of the sources with files that have one type import each. */
async function checkWith(
  added: readonly (readonly [file: string, specifier: string, ...unknown[]])[],
): Promise<Verdict> {
  const sources = added.map(
    ([file, specifier]) => [file, `export type * from '${specifier}';\n`] as const,
  );
  return run(await copyWith(Object.fromEntries(sources)), 'npm', 'run', '--silent', 'directions');
}

function run(cwd: string, command: string, ...args: string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
}

describe('import directions', () => {
  let verdict: Verdict;

  beforeAll(async () => {
    verdict = await checkWith(wrong);
  }, 60_000);

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
    const copy = await copyWith({
      [file]: "export type Bus = import('../bus/event-bus.js').EventBus;\n",
    });

    const { failed, output } = await run(copy, join(copy, 'node_modules/.bin/biome'), 'lint', file);

    expect(output).toContain('Write an import statement at the top of the file');
    expect(failed).toBe(true);
  });
});
