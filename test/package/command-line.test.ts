/** `npx carillon` in projects of users: a config in TypeScript, with each package that can load it, and with none. */
import { describe, expect, it, jest } from '@jest/globals';
import { PackedPackage } from '../support/package-project.js';

jest.setTimeout(600_000);

const packed = new PackedPackage();

const FILES = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  }),
  'carillon.config.ts': `
import 'reflect-metadata';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';
import { Bell, Rope } from './bell.js';

export function container(): Container {
  const made = new Container();
  made.register(events({ name: 'tower' }));
  made.bind(Rope).toSelf().inSingletonScope();
  made.bind(Bell).toSelf().inSingletonScope();
  return made;
}
`,
};

/** The parameter is injected by its type, or by what the decorator names. */
const bell = (parameter: string) => `
import { On } from 'carillon';
import { inject, injectable } from 'inversify';

@injectable()
export class Rope {}

@injectable()
export class Bell {
  constructor(${parameter} readonly rope: Rope) {}

  @On('rope.pulled', { priority: 1 })
  ring(): void {}
}

export const unused = inject;
`;

const LIST = 'rope.pulled, topic\n  heard by Bell.ring, @On  bell.ts:12';

describe('carillon of a project in TypeScript', () => {
  it.each([
    ['jiti', ['jiti@2.6.1'], ''],
    ['esbuild and TypeScript 5', ['esbuild@0.25.12', 'typescript@5.9.3'], ''],
    ['esbuild and swc', ['esbuild@0.25.12', '@swc/core@1.15.3'], ''],
    ['tsx', ['tsx@4.20.6'], '@inject(Rope)'],
  ])('loads its config by %s', async (name, loaders, parameter) => {
    const project = await packed.install(`with-${name.replaceAll(' ', '-')}`, [
      'inversify@8.2.3',
      'reflect-metadata@0.2.2',
      ...loaders,
    ]);
    await project.write({ ...FILES, 'bell.ts': bell(parameter) });

    const listed = await project.run('carillon', 'list');
    const asked = await project.run('carillon', 'why', 'Bell');

    expect(listed).toEqual({ code: 0, text: LIST });
    expect(asked.text).toContain('needs Rope');
  });

  it('makes tables only where a database is named, and says which client is missing', async () => {
    const project = await packed.install('with-no-client', []);

    const unnamed = await project.run('carillon', 'migrate');
    const named = await project.run('carillon', 'migrate', '--url', 'postgres://localhost/x');
    const file = await project.run('carillon', 'migrate', '--file', 'queues.db');

    expect(unnamed.code).toBe(2);
    expect(unnamed.text).toContain('CAR7061: No database was named. Give --url postgres://');
    expect(named.code).toBe(3);
    expect(named.text).toBe(
      'error CAR7060: carillon/postgres needs pg, which is not installed. Install it: npm install pg.\nRead more: carillon explain CAR7060',
    );
    expect(file.text).toContain('carillon/sqlite needs libsql, which is not installed.');
  });

  it('says what to install where nothing can load it, and explains that without a network', async () => {
    const project = await packed.install('with-no-loader', [
      'inversify@8.2.3',
      'reflect-metadata@0.2.2',
    ]);
    await project.write({ ...FILES, 'bell.ts': bell('') });

    const listed = await project.run('carillon', 'list');
    const explained = await project.run('carillon', 'explain', 'CAR7060');

    expect(listed.code).toBe(3);
    expect(listed.text).toContain('Install jiti (or esbuild or tsx) in the project');
    expect(explained.text).toMatch(/^CAR7060: a project that the command line cannot load/);
  });
});
