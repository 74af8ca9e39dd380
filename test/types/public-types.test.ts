/** The declarations that users of the package compile against. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'carillon-types-'));
const declarations = new Map<string, string>();

beforeAll(async () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const settings = ['--emitDeclarationOnly', '--declarationMap', 'false', '--outDir', folder];
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    join(root, 'tsconfig.build.json'),
    ...settings,
  ]);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.d.ts'),
  )) {
    declarations.set(
      name.replaceAll('\\', '/'),
      withoutComments(readFileSync(join(folder, name), 'utf8')),
    );
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the public types', () => {
  it('are emitted for every entry of the package', () => {
    expect([...declarations.keys()]).toEqual(
      expect.arrayContaining([
        'src/index.d.ts',
        'decorators/index.d.ts',
        'src/containers/inversify/index.d.ts',
      ]),
    );
  });

  it('say any nowhere', () => {
    const loose = [...declarations]
      .filter(([, text]) => /\bany\b/.test(text))
      .map(([name]) => name);

    expect(loose).toEqual([]);
  });

  it('need types of Node for servers, Node itself and the command line only', () => {
    const bound = [...declarations]
      .filter(([name]) => !/^src\/(http|integrations\/node|observe\/(cli|dashboard))\//.test(name))
      .filter(([, text]) => /\bNodeJS\.|from 'node:|types="node"/.test(text))
      .map(([name]) => name);

    expect(bound).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/ .*$/gm, '');
}
