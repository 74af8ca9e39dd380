/** The adapter that docs/adapters.md builds, tested as docs/testing.md shows: what the pages show is enough to pass the whole suite. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type AdapterApplication, createApplication } from 'carillon/adapter';
import { describeContainerAdapter, type TestedContainer } from 'carillon/compliance';
import { collector } from '../support/collector.js';
import { PROJECT } from '../support/program.js';

/** What the pages define. */
interface OfThePages {
  readonly Box: new (application: AdapterApplication) => object;
  readonly MISSING: Readonly<Record<string, false>>;
  tested(box: object): TestedContainer;
}

const folder = mkdtempSync(join(tmpdir(), 'carillon-page-'));
const { Box, tested, MISSING } = await ofThePages();

afterAll(() => rmSync(folder, { recursive: true }));

async function ofThePages(): Promise<OfThePages> {
  const container = programOf('docs/adapters.md', /```ts\n(.*?)\/\/ A program that uses it:/s);
  const test = programOf(
    'docs/testing.md',
    /```typescript\n([^`]*?from '\.\/box\.js'.*?)describeContainerAdapter\(\n/s,
  );
  writeFileSync(join(folder, 'box.ts'), `${container}\nexport { type Binding, Box };\n`);
  writeFileSync(
    join(folder, 'tested.ts'),
    `${test.replace('./box.js', './box.ts')}\nexport { Box, tested, MISSING };\n`,
  );
  return import(join(folder, 'tested.ts'));
}

function programOf(page: string, pattern: RegExp): string {
  const [, program = ''] = pattern.exec(readFileSync(join(PROJECT, page), 'utf8')) ?? [];
  return program.replace("import 'reflect-metadata';\n", '');
}

describeContainerAdapter(
  'of the page on adapters',
  () => ({ root: (options) => tested(new Box(createApplication(options))), collect: collector() }),
  { ...MISSING, collect: true },
);
