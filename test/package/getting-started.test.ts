/** The first page of the guide, followed to the letter from an empty folder: its files, its commands, what it prints. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage } from '../support/package-project.js';
import { PROJECT } from '../support/program.js';

jest.setTimeout(600_000);

const page = readFileSync(join(PROJECT, 'docs/getting-started.md'), 'utf8');

const FILES = Object.fromEntries(
  [...page.matchAll(/\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)```/gs)].map(([, name, text]) => [
    name,
    text,
  ]),
) as Readonly<Record<string, string>>;

const COMMANDS = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, lines = '']) =>
  lines.trim().split('\n'),
);

const prints = /```text\n(.*?)\n```/s.exec(page)?.[1];

/** Those of the line that begins so, without flags. */
function packagesOf(command: string): string[] {
  const line = COMMANDS.find((candidate) => candidate.startsWith(command)) ?? '';
  return line.slice(command.length).trim().split(' ');
}

describe('getting started', () => {
  const packed = new PackedPackage();

  it('shows the whole project', () => {
    expect(Object.keys(FILES)).toEqual([
      'tsconfig.json',
      'src/shop.ts',
      'src/container.ts',
      'src/main.ts',
      'src/shop.test.ts',
    ]);
    expect(COMMANDS).toEqual([
      'npm init --yes',
      'npm install carillon inversify reflect-metadata',
      'npm install --save-dev typescript @types/node',
      'npm pkg set type=module',
      'npm pkg set type=commonjs',
      'npx tsc && node dist/main.js',
      'npx tsc && node --test dist/shop.test.js',
    ]);
  });

  describe.each(['module', 'commonjs'])('with "type": "%s"', (type) => {
    let project: PackageProject;

    beforeAll(async () => {
      const packages = [...packagesOf('npm install '), ...packagesOf('npm install --save-dev')];
      project = await packed.install(
        type,
        packages.filter((name) => name !== 'carillon'),
        { type },
      );
      await project.write(FILES);
    });

    it('compiles without an error, and prints what the page says', async () => {
      expect(await project.run('tsc')).toEqual({ code: 0, text: '' });
      expect(await project.run('node', 'dist/main.js')).toEqual({ code: 0, text: prints });
    });

    it('passes its test', async () => {
      const { code, text } = await project.run('node', '--test', 'dist/shop.test.js');

      expect(text).toContain('# pass 1');
      expect(code).toBe(0);
    });
  });
});
