/**
 * The package on each platform: what the README shows, TypeScript as it is, modules imported and required, the programs of the guide, the
 * webhook backend, and queues and buses on each engine.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage, type Said } from '../support/package-project.js';
import {
  CompiledPrograms,
  PAGES,
  type PageProgram,
  programsOf,
  readPage,
} from '../support/page-programs.js';
import { PROJECT, Program } from '../support/program.js';
import { withService } from '../support/service.js';
import { type Engine, SERVER_ENGINES, SQLITE } from './engines.js';
import { commandOn, LEFT_OUT, PLATFORMS, type Platform } from './platforms.js';

jest.setTimeout(600_000);

const ENTRIES = [
  'carillon',
  'carillon/decorators',
  'carillon/adapter',
  'carillon/engine',
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

/** What the three verbs of `test/package/consumer` print. */
const VERBS = 'emitted a\npublished b\ndeferred c\nleft in the scope: 0';

const README = programsOf('README.md');

/** The core asks for nothing. */
const NOTHING: readonly string[] = [];

/** Beside the engines'. */
const PACKAGES = [
  'inversify@8.2.3',
  'reflect-metadata@0.2.2',
  '@types/node@20.19.43',
  'fastify@5.12.8',
  'class-validator@0.15.1',
  'class-transformer@0.5.1',
  'close-with-grace@2.5.0',
  '@octokit/webhooks-examples@7.6.1',
  '@octokit/webhooks-methods@6.0.0',
];

/** Those that need no server. */
const guide = PAGES.flatMap(programsOf).filter(({ needsServer }) => !needsServer);
const pages = new CompiledPrograms('runtimes');
const packed = new PackedPackage();
let project: PackageProject;

/** One project for all platforms, with everything in it. */
beforeAll(async () => {
  project = await packed.install('runtimes', [
    ...PACKAGES,
    ...[SQLITE, ...SERVER_ENGINES].flatMap((engine) => engine.packages),
    ...PLATFORMS.flatMap(({ from }) => from ?? []),
  ]);
  await cp('test/package/consumer/main.ts', join(project.folder, 'main.ts'));
  await cp('test/runtimes/programs', project.folder, { recursive: true });
  await cp('build/examples/webhooks', join(project.folder, 'webhooks'), { recursive: true });
  await project.write({ 'twice.mjs': TWICE });
  await project.write(
    Object.fromEntries(README.map(({ file, program }) => [`${file}.ts`, program])),
  );
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const { text } = await project.run(process.execPath, tsc, '-p', '.');
  const compiled = await pages.compile(guide);
  if (text + compiled !== '') throw new Error(text + compiled);
});

describe.each(PLATFORMS)('on $name', (platform) => {
  const run = (...args: readonly string[]) => project.run(...commandOn(platform, project), ...args);

  it('a program that imports and requires has one copy of every entry', async () => {
    const said = await run('twice.mjs', ...ENTRIES);

    expect(said).toEqual({ code: 0, text: ENTRIES.map((name) => `${name} once`).join('\n') });
  });

  it('a program of the three verbs does what it says', async () => {
    const said = await project.run(...commandOn(platform, project, NOTHING), 'main.js');

    expect(said).toEqual({ code: 0, text: VERBS });
  });

  it.each(README)('$title prints what the page says', async ({ file, prints }) => {
    const said = await project.run(...commandOn(platform, project, NOTHING), `${file}.js`);

    expect(said).toEqual({ code: 0, text: prints });
  });

  if (platform.runsTypeScript) {
    it('TypeScript runs as it is, with injection by its types', async () => {
      expect(await run('main.ts')).toEqual({ code: 0, text: VERBS });
    });
  } else {
    it('TypeScript with decorators has to be compiled first', async () => {
      expect((await run('main.ts')).code).toBe(1);
    });
  }

  // On this Node.js they are run by test/docs.
  if (platform.from !== undefined) {
    it('the programs of the guide print what their pages say', async () => {
      const different = await findDifferent(platform);

      expect(different.map(({ title }) => title)).toEqual(Object.keys(platform.printsOther));
    });
  }

  it('the webhook backend takes real deliveries, and refuses broken ones', async () => {
    const { code, text } = await run('webhooks/main.js');
    const faults = text.split('\n').filter((line) => line.startsWith('FAULT '));
    const unanswered = faults.filter((line) =>
      line.endsWith(', cut short, was answered nothing instead of 400'),
    );

    expect(faults.filter((line) => !unanswered.includes(line))).toEqual([]);
    expect(unanswered).toHaveLength(platform.answersHalfClosed ? 0 : 20);
    expect(text).toMatch(/genuine +329 {2}329 × 202/);
    expect(text).toMatch(/Archive\.store +344 /);
    expect(text).toMatch(/after stop: {2}0 handlers, 0 timers, 0 scopes, 0 handlers running/);
    expect(code).toBe(platform.answersHalfClosed ? 0 : 1);
  });

  it('the webhook backend stops in order on a signal', async () => {
    const [program, ...flags] = commandOn(platform, project);
    const main = join(project.folder, 'webhooks/main.js');
    const server = new Program(
      [...flags, main, '--serve'],
      { WEBHOOK_SECRET: 'of a test' },
      { program, folder: project.folder },
    );
    await server.printed(/listening on/);

    server.signal('SIGTERM');
    const { code, output } = await server.ended;

    expect(output).toContain('everything that was accepted is done, and nothing is still alive');
    expect(code).toBe(0);
  });

  it('the command line lists what the backend hears', async () => {
    const { code, text } = await run(
      'node_modules/carillon/dist/cli.js',
      'list',
      '--config',
      'webhooks/carillon.config.js',
    );

    expect(text).toContain('heard by Intake.countAccepted, @Subscribe');
    expect(code).toBe(0);
  });

  itHasQueues(SQLITE, platform);
});

for (const engine of SERVER_ENGINES) {
  await withService(engine.name, engine.port, () => {
    describe.each(PLATFORMS)('on $name', (platform) => {
      itHasQueues(engine, platform);
      itHasBus(engine, platform);
    });
  });
}

it.each(PLATFORMS.flatMap(({ from }) => from ?? []))('%s is named by the page', (from) => {
  expect(readPage('docs/runtimes.md')).toContain(from.slice(from.lastIndexOf('@') + 1));
});

for (const name of LEFT_OUT) {
  const leaveOut = it.skip;
  leaveOut(`needs Linux on x64: ${name}`, () => undefined);
}

function itHasQueues({ name, subpath, permissions, open }: Engine, platform: Platform): void {
  it(`a queue on ${name} keeps what one process defers for the next one`, async () => {
    const { queue, close } = await open();
    const run = (role: string) =>
      project.run(
        ...commandOn(platform, project, permissions),
        'queue.js',
        role,
        subpath,
        JSON.stringify(queue),
      );
    try {
      const deferred = await run('defer');
      const processed = await run('process');

      expect(deferred).toEqual({ code: 0, text: 'stopped' });
      expect(processed).toEqual({
        code: 0,
        text: 'CAR4001\nc, attempt 1, Rang\nd, attempt 2, Rang\ne, attempt 1, Rang\nstopped',
      });
    } finally {
      await close();
    }
  });
}

function itHasBus({ name, subpath, permissions, open }: Engine, platform: Platform): void {
  it(`a bus on ${name} carries an event to another application`, async () => {
    const { bus, close } = await open();
    try {
      const said = await project.run(
        ...commandOn(platform, project, permissions),
        'bus.js',
        subpath,
        JSON.stringify(bus),
      );

      expect(said).toEqual({ code: 0, text: 'heard c, an instance\nstopped' });
    } finally {
      await close();
    }
  });
}

/** Two at a time, as most of the time is that of starting a program. */
async function findDifferent(platform: Platform): Promise<readonly PageProgram[]> {
  const [program, ...flags] = commandOn(platform, project);
  const different = new Set<PageProgram>();
  const left = guide.values();
  const work = async () => {
    for (const page of left) {
      const said = await project.run(program, ...flags, pages.fileOf(page));
      if (!isAsShown(said, page)) different.add(page);
    }
  };
  await Promise.all([work(), work()]);
  return guide.filter((page) => different.has(page));
}

/** Platforms differ in how `console.log` quotes text and breaks lines within an object. */
function isAsShown({ code, text }: Said, { prints }: PageProgram): boolean {
  return code === 0 && plain(text) === plain(prints);
}

function plain(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/,(?= [\]}])/g, '');
}
