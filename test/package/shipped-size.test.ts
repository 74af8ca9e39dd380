/** What bundling the package saves, and costs, beside the same sources without it. */
import { beforeAll, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(120_000);

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

    expect(files - 5 * Object.keys(ENTRIES).length).toBeLessThanOrEqual(40);
  });

  it('is not half as large as it would be unbundled', () => {
    const before = tarballSize(UNBUNDLED);
    const after = tarballSize(SHIPPED);

    expect(after.bytes / before.bytes).toBeLessThan(0.5);
  });
});

describe('a program that is bundled with nothing but', () => {
  it.each(['createScope', 'On', 'defineEvent'])('%s is as large as before', async (name) => {
    const before = await bundledSize(name, unbundledEntry('index'));
    const after = await bundledSize(name, 'carillon');

    expect(after / before).toBeLessThanOrEqual(1.03);
  });

  it('a function without dependencies carries nothing that a chunk makes at its start', async () => {
    expect(await bundledSize('toEventTarget', 'carillon')).toBeLessThanOrEqual(1100);
  });
});
