/** What the declarations offer once what is internal has been left out of them: to users, and to the adapter of a container. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'carillon-stripped-'));
const tsc = join(root, 'node_modules/typescript/bin/tsc');

beforeAll(async () => {
  const settings = ['--emitDeclarationOnly', '--stripInternal', '--outDir', folder];
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    join(root, 'tsconfig.build.json'),
    ...settings,
  ]);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** By the package's name, as somebody else imports it. */
const ENTRIES = {
  carillon: ['./src/index.d.ts'],
  'carillon/adapter': ['./src/application/adapter.d.ts'],
  'carillon/compliance': ['./src/compliance/index.d.ts'],
};

/** What the compiler says of those files, which see the declarations in the place of the other sources. */
async function check(name: string, ...include: string[]): Promise<string> {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: true, types: ['node'], paths: ENTRIES, rootDir: '/' },
    include,
    exclude: [],
  };
  writeFileSync(join(folder, name), JSON.stringify(config));
  try {
    await promisify(execFile)(process.execPath, [tsc, '-p', join(folder, name)]);
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const MEMBERS: readonly (readonly [string, readonly string[]])[] = [
  ['Events', ['emit', 'emitAsync', 'publish', 'defer', 'within']],
  [
    'ScopedEmitter',
    [
      'emit',
      'emitAsync',
      'on',
      'once',
      'waitFor',
      'iterate',
      'settle',
      'fail',
      'history',
      'handlers',
      'listenerCount',
    ],
  ],
  ['EventBus', ['publish', 'subscribe', 'ready']],
  [
    'EventQueue',
    [
      'defer',
      'deferAll',
      'within',
      'process',
      'size',
      'counts',
      'capabilities',
      'ready',
      'pause',
      'resume',
      'cancel',
      'reschedule',
      'status',
      'deadLetters',
    ],
  ],
  [
    'Scope',
    [
      'name',
      'path',
      'parent',
      'children',
      'state',
      'emitter',
      'drain',
      'abort',
      'lease',
      'onDispose',
      'dispose',
      'disposeAsync',
      '[Symbol.dispose]',
      '[Symbol.asyncDispose]',
    ],
  ],
];

describe('the declarations offer', () => {
  it.each(MEMBERS)(
    'of an injected %s what a user may call, and nothing else',
    async (name, members) => {
      const file = `${name}.ts`;
      writeFileSync(
        join(folder, file),
        `import type { ${name} } from './src/index.js';
export const members: Record<keyof ${name}, true> = { ${members.map((member) => `${member}: true`).join(', ')} };`,
      );

      expect(await check(`${name}.json`, file)).toBe('');
    },
    60_000,
  );

  it.each(['test/support/tiny-container.ts', 'src/containers/inversify', 'src/compliance'])(
    'what %s needs',
    async (source) => {
      const copied = source.endsWith('.ts') ? dirname(source) : source;
      cpSync(join(root, copied), join(folder, copied), { recursive: true });
      const name = `${source.replaceAll('/', '-')}.json`;

      expect(await check(name, source)).toBe('');
    },
    60_000,
  );
});
