/** That package.json and tsconfig.json say of the entries what follows from the one list of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface EntryTools {
  entryFields(): object;
  sourcePaths(): object;
}

const { entryFields, sourcePaths }: EntryTools = await import(`${process.cwd()}/tools/entries.mjs`);

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
