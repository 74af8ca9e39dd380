/** The package as a registry would serve it: installed into an empty project, compiled against, run. */
import { existsSync, readFileSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage } from '../support/package-project.js';

jest.setTimeout(600_000);

const COMPILER = join(process.cwd(), 'node_modules/typescript/bin/tsc');

const packed = new PackedPackage();

async function evaluate(project: PackageProject, source: string): Promise<string> {
  const { text } = await project.run('node', '--input-type=module', '--eval', source);
  return text;
}

describe.each(['8', '7.5.2'])('the package beside inversify %s', (version) => {
  let project: PackageProject;

  beforeAll(async () => {
    const packages = [`inversify@${version}`, 'reflect-metadata@0.2.2'];
    project = await packed.install(`with-inversify-${version}`, packages);
    await cp('test/package/consumer', project.folder, { recursive: true });
  });

  it('is compiled against in strict mode, its own types checked, and does what it says', async () => {
    const compiled = await project.run('node', COMPILER, '--project', '.');
    const ran = await project.run('node', 'main.js');

    expect(compiled).toEqual({ code: 0, text: '' });
    expect(ran.text.split('\n')).toEqual([
      'emitted a',
      'published b',
      'deferred c',
      'left in the scope: 0',
    ]);
  });

  it('loads by every entry', async () => {
    const names = await evaluate(
      project,
      `for (const entry of ['carillon', 'carillon/decorators', 'carillon/inversify']) console.log(Object.keys(await import(entry)).join());`,
    );

    const [main, decorators, inversify] = names.split('\n').map((line) => line.split(','));
    expect(main).toEqual(
      expect.arrayContaining(['EventBus', 'EventQueue', 'Events', 'On', 'Scope', 'ScopedEmitter']),
    );
    expect(decorators).toEqual(
      expect.arrayContaining([
        'CarillonError',
        'Deferred',
        'On',
        'Once',
        'Subscribe',
        'defineEvent',
      ]),
    );
    expect(inversify).toEqual(
      expect.arrayContaining(['census', 'events', 'openScope', 'scopeOf', 'start', 'stop']),
    );
  });

  it('has nothing behind its entries', async () => {
    const code = await evaluate(
      project,
      `import('carillon/dist/index.js').catch((error) => console.log(error.code));`,
    );

    expect(code).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('the package by itself', () => {
  let project: PackageProject;
  let root: string;
  let files: string[];

  beforeAll(async () => {
    project = await packed.install('by-itself', []);
    ({ root } = project);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  });

  it('works without inversify, which nobody is made to install', async () => {
    const topic = await evaluate(
      project,
      `import { defineEvent } from 'carillon'; console.log(defineEvent('bell.rang').name);`,
    );

    expect(existsSync(join(project.folder, 'node_modules', 'inversify'))).toBe(false);
    expect(topic).toBe('bell.rang');
  });

  it('asks for inversify 7.5.2 or later of 7 but for 7.7.0, or 8, if it is there, for engines if they are, and for reflect-metadata', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

    const { 'reflect-metadata': reflection, ...optional } = manifest.peerDependencies;
    expect(reflection).toBe('~0.2.2');
    expect(optional.inversify).toBe('>=7.5.2 <7.7.0 || ^7.7.1 || ^8.0.0');
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(Object.keys(optional).map((name) => [name, { optional: true }])),
    );
    expect(manifest.dependencies).toBeUndefined();
  });

  it('holds the target of each of its exports', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

    const targets = [
      manifest.main,
      manifest.types,
      ...leaves(manifest.exports),
      ...leaves(manifest.typesVersions),
    ];

    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });

  it('holds the build, the guide, a changelog and a licence, and nothing else', () => {
    const names = files.map((file) => file.slice(root.length + 1));

    const stray = names.filter(
      (name) =>
        !/^dist\/|^docs\/(?!reports\/)|^(package\.json|LICENSE|README\.md|CHANGELOG\.md)$/.test(
          name,
        ),
    );

    expect(stray).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining(['LICENSE', 'dist/index.js', 'dist/index.cjs', 'dist/index.d.cts']),
    );
  });

  it('explains each error where the error says', async () => {
    const page = await evaluate(
      project,
      `import { createScope } from 'carillon';
      try { createScope({ drain: 'x' }); } catch (error) { console.log(error.page); }`,
    );
    const text = await readFile(join(project.folder, 'node_modules', page), 'utf8');

    expect(page).toBe('carillon/docs/errors/CAR7001.md');
    expect(text).toContain('# CAR7001: ');
  });

  it('mentions no folder that is not in it, but in its pages', async () => {
    const mentions: string[] = [];
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      if (
        /\b(node_modules|tests?|examples?|bench)\/|\.test\./.test(text) &&
        !/(package\.json|\.md)$/.test(file)
      )
        mentions.push(file);
    }

    expect(mentions).toEqual([]);
  });

  it('is code of ASCII alone, which engines keep and read faster', async () => {
    const code = files.filter((file) => /\.c?js$/.test(file));
    const texts = await Promise.all(code.map((file) => readFile(file, 'utf8')));

    expect(code.length).toBeGreaterThan(30);
    expect(code.filter((_, index) => !/^\p{ASCII}*$/u.test(texts[index] ?? ''))).toEqual([]);
  });

  it('names in a stack trace the lines of the sources that it was built from', async () => {
    const program = `
      import { createScope } from 'carillon';
      const scope = createScope({ name: 'request' });
      scope.dispose();
      try {
        scope.emitter.on('rang', () => undefined);
      } catch (error) {
        console.log(error.stack);
      }`;

    const said = await project.run(
      'node',
      '--enable-source-maps',
      '--input-type=module',
      '--eval',
      program,
    );

    const lines = [...said.text.matchAll(/\/(src\/\S+\.ts):(\d+):/g)].map(
      ([, file = '', line]) => readFileSync(file, 'utf8').split('\n')[Number(line) - 1],
    );
    expect(lines).toEqual([
      expect.stringContaining('new CarillonError('),
      expect.stringContaining('endedError('),
      expect.stringContaining('.subscribe('),
    ]);
  });

  it.each(['module', 'commonjs'])(
    'names in a stack trace what was called, also without its maps, as %s',
    async (kind) => {
      const found = kind === 'module' ? "await import('carillon')" : "require('carillon')";
      const program = `
        (async () => {
          const { createScope } = ${found};
          const scope = createScope({ name: 'request' });
          scope.dispose();
          try {
            scope.emitter.on('rang', () => undefined);
          } catch (error) {
            console.log(error.stack);
          }
        })()`;

      const said = await project.run('node', `--input-type=${kind}`, '--eval', program);

      const called = [...said.text.matchAll(/at (\S+) \(\S*carillon\S+core\.c?js:(\d+):/g)];
      expect(called.map(([, name]) => name)).toEqual([
        'endedError',
        'EmitterCore.subscribe',
        'ScopedEmitter.on',
      ]);
      expect(called.every(([, , line]) => Number(line) > 1)).toBe(true);
    },
  );
});

/** The texts in an object of objects. */
function leaves(node: unknown): string[] {
  return typeof node === 'string' ? [node] : Object.values(node as object).flatMap(leaves);
}
