/** The package beside each version of InversifyJS that it names: the compliance suite of containers, as a user would run it. */
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { build } from 'esbuild';
import { PackedPackage, type Said } from '../support/package-project.js';

jest.setTimeout(600_000);

/** The oldest that `peerDependencies` allows, those after which the container's inner services changed, the first 8, and the newest. */
const VERSIONS = ['7.5.2', '7.6.0', '7.7.1', '7.11.0', '8.0.0', '8.2.3'];

/** The suite wants the globals of a test runner; that of Node.js has them under other names. */
const SUITE = `
  import 'reflect-metadata';
  import { after, describe, it } from 'node:test';
  import { describeContainerAdapter } from 'carillon/compliance';
  import { expect } from 'expect';
  import { inversifyAdapter } from './adapter.mjs';

  const test = (title, body, timeout) => it(title, { timeout }, body);
  test.skip = (title, body) => it.skip(title, body);
  Object.assign(globalThis, { afterAll: after, describe, expect, it: test });
  describeContainerAdapter('InversifyJS', inversifyAdapter);
`;

const packed = new PackedPackage();

/** How many cases have passed, and the titles of those that have not. */
function verdict({ text }: Said): { readonly passed: number; readonly failed: readonly string[] } {
  const failed = [...text.matchAll(/^ +not ok \d+ - (.*)$/gm)].map(([, title = '']) => title);
  return { passed: [...text.matchAll(/^ +ok \d+ - /gm)].length, failed };
}

describe.each(VERSIONS)('beside InversifyJS %s', (version) => {
  it('passes the compliance suite of containers', async () => {
    const project = await packed.install(`inversify-${version}`, [
      `inversify@${version}`,
      'reflect-metadata@0.2.2',
      'expect@30.5.2',
    ]);
    await project.write({ 'suite.mjs': SUITE });
    await build({
      entryPoints: ['test/support/inversify-adapter.ts'],
      outfile: join(project.folder, 'adapter.mjs'),
      bundle: true,
      packages: 'external',
      // The project's own maps the package to its sources.
      tsconfigRaw: {},
      format: 'esm',
      platform: 'node',
    });

    const said = await project.run(process.execPath, '--test-reporter=tap', 'suite.mjs');

    const { passed, failed } = verdict(said);
    expect({ failed, isTwice: said.text.includes('CAR2012') }).toEqual({
      failed: [],
      isTwice: false,
    });
    expect(passed).toBeGreaterThan(100);
  });
});
