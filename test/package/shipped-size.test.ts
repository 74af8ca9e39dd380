/** What bundling the package saves, and costs, beside the same sources without it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(600_000);

interface Sizes {
  readonly SHIPPED: string;
  tarballSize(folder: string): { readonly files: number; readonly bytes: number };
  bundledSize(name: string, entry: string): Promise<number>;
}

interface Unbundled {
  readonly UNBUNDLED: string;
  buildUnbundled(): void;
  unbundledEntry(entry: string): string;
}

const load = `${process.cwd()}/bench/load`;
const { SHIPPED, tarballSize, bundledSize }: Sizes = await import(`${load}/sizes.mjs`);
const { UNBUNDLED, buildUnbundled, unbundledEntry }: Unbundled = await import(
  `${load}/unbundled.mjs`
);
const { ENTRIES }: { ENTRIES: object } = await import(`${process.cwd()}/tools/entries.mjs`);

beforeAll(buildUnbundled);

describe('the package', () => {
  it('has five files for each entry, and few that they share', () => {
    const { files } = tarballSize(SHIPPED);

    // Among them the command line, the page of the dashboard, and a schema.
    expect(files - 5 * Object.keys(ENTRIES).length).toBeLessThanOrEqual(54);
  });

  it('is not half as large as it would be unbundled', () => {
    const before = tarballSize(UNBUNDLED);
    const after = tarballSize(SHIPPED);

    expect(after.bytes / before.bytes).toBeLessThan(0.5);
  });
});

/** The files of the package that are loaded with one of them, and how many bytes those are. */
function loadedWith(entry: string): { readonly files: readonly string[]; readonly bytes: number } {
  const files = new Set([join(SHIPPED, 'dist', entry)]);
  let bytes = 0;
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    bytes += text.length;
    for (const [, path] of text.matchAll(/^import .*"(\..*)";$/gm))
      files.add(join(dirname(file), path as string));
  }
  return { files: [...files].map((file) => file.slice(join(SHIPPED, 'dist/').length)), bytes };
}

describe('a program that loads', () => {
  // The time of loading is the time of compiling, which goes by bytes.
  it.each([
    ['index.js', ['chunks/core.js', 'chunks/decorators.js'], 171_700],
    ['inversify.js', ['chunks/adapter.js', 'chunks/core.js', 'chunks/decorators.js'], 332_900],
  ])('%s loads nothing that it may not need', (entry, chunks, limit) => {
    const { files, bytes } = loadedWith(entry);

    expect([...files].sort()).toEqual([...chunks, entry].sort());
    expect(bytes).toBeLessThanOrEqual(limit);
  });
});

describe('a program that is bundled with nothing but', () => {
  it.each(['createScope', 'On', 'defineEvent'])('%s is as large as before', async (name) => {
    const before = await bundledSize(name, unbundledEntry('index'));
    const after = await bundledSize(name, 'carillon');

    expect(after / before).toBeLessThanOrEqual(1.03);
  });

  it('a function without dependencies carries nothing that a chunk makes at its start', async () => {
    expect(await bundledSize('isEventToken', 'carillon')).toBeLessThanOrEqual(200);
  });
});
