/** That package.json and tsconfig.json say of the entries what follows from the one list of them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { PROJECT } from '../support/program.js';

interface EntryTools {
  readonly ENTRIES: Readonly<Record<string, string>>;
  entryFields(): object;
  sourcePaths(): object;
}

const { ENTRIES, entryFields, sourcePaths }: EntryTools = await import(
  `${process.cwd()}/tools/entries.mjs`
);

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe('the entries', () => {
  it('are in package.json, which `npm run entries` writes', () => {
    expect(read('package.json')).toMatchObject(entryFields());
  });

  it('are in tsconfig.json, which `npm run entries` writes', () => {
    const { paths } = read('tsconfig.json').compilerOptions as Record<string, unknown>;

    expect(paths).toEqual(sourcePaths());
  });

  it('are conditions in the order in which they have to be tried', () => {
    const { exports } = read('package.json') as { exports: Record<string, object> };

    expect(Object.keys(exports['.'] ?? {})).toEqual([
      'bun',
      'module-sync',
      'module',
      'import',
      'require',
    ]);
  });
});

/** The packages that a module imports at its start, or what that imports. */
async function packagesOf(file: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [file],
    absWorkingDir: PROJECT,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const needed = imports.filter(({ external, kind }) => external && kind !== 'dynamic-import');
  const paths = needed.map(({ path }) => path);
  // In CommonJS the bundler makes `import.meta.url` by it.
  return [...new Set(paths)].filter((path) => path !== 'url').sort();
}

/** What the functions and classes of a module are called, by the name that it exports them under. */
function namesOf(exports: Record<string, unknown>): object {
  const functions = Object.entries(exports).filter(([, value]) => typeof value === 'function');
  return Object.fromEntries(functions.map(([key, value]) => [key, (value as () => void).name]));
}

/** In a program of its own: what is shipped is not compiled for the tests. */
async function namesIn(file: string): Promise<object> {
  const program = `
    const exports = await import(${JSON.stringify(join(PROJECT, file))});
    console.log(JSON.stringify((${namesOf})({ ...exports })));`;
  const flags = ['--import', 'reflect-metadata', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: PROJECT });
  return JSON.parse(stdout);
}

describe.each(Object.entries(ENTRIES))('the entry %s', (name, source) => {
  it.each(['js', 'cjs'])(
    'names its functions and classes as its sources do, as .%s',
    async (ending) => {
      expect(await namesIn(`dist/${name}.${ending}`)).toEqual(
        namesOf(await import(join(PROJECT, source))),
      );
    },
  );

  it.each(['js', 'cjs'])('needs no peer but those of its own sources, as .%s', async (ending) => {
    expect(await packagesOf(`dist/${name}.${ending}`)).toEqual(await packagesOf(source));
  });
});
