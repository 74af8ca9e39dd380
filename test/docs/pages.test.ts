/**
 * What the pages show: each `ts` block is a whole program that is compiled and run, and the `text` block after it is what it prints.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  CompiledPrograms,
  markdownIn,
  PAGES,
  programsOf,
  readPage as read,
} from '../support/page-programs.js';
import { PROJECT } from '../support/program.js';

const compiled = new CompiledPrograms('pages');
/** Those that a reader follows with the hands. */
const guide = PAGES.filter((page) => !page.startsWith('docs/errors/'));
const programs = PAGES.flatMap(programsOf);
/** Those that need a server are compiled and run by the tests of its engine. */
const local = programs.filter(({ needsServer }) => !needsServer);
let complaints = '';

beforeAll(async () => {
  complaints = await compiled.compile(local);
});

describe('the pages', () => {
  it('show programs that compile', () => {
    expect(local.length).toBeGreaterThan(30);
    expect(complaints).toBe('');
  });

  it.each(local)('$title prints what the page says', async (program) => {
    const { stdout, stderr } = await compiled.run(program);

    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(program.prints);
  });

  it('have programs that need a server on one page, which a test of the engine runs', () => {
    const served = programs.filter(({ needsServer }) => needsServer);

    expect(new Set(served.map(({ title }) => title.split(',')[0]))).toEqual(
      new Set(['docs/transactions.md']),
    );
  });

  it.each(guide)('%s shows how to install what its programs import', (page) => {
    expect(packagesOf(page).filter((name) => !installs(page).includes(name))).toEqual([]);
  });

  it.each(PAGES)('%s links to what exists', (page) => {
    const text = read(page).replaceAll(/```.*?```/gs, '');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) =>
      join(dirname(page), link as string),
    );

    expect(links.filter((link) => !existsSync(join(PROJECT, link)))).toEqual([]);
  });

  it('explain each error code, and no other', () => {
    const sources = ['src', 'decorators'].flatMap((name) =>
      readdirSync(join(PROJECT, name), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(name, file),
      ),
    );
    const codes = sources
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => read(file).match(/\bCAR\d{4}\b/g) ?? []);
    const index = read('docs/errors/README.md');

    const explained = markdownIn('docs/errors').filter((page) => !page.endsWith('README.md'));

    expect(explained.map((page) => page.slice(-'CAR0000.md'.length, -'.md'.length))).toEqual(
      [...new Set(codes)].sort(),
    );
    expect(explained.filter((page) => !index.includes(firstLine(page)))).toEqual([]);
  });
});

/** `[CAR1001](CAR1001.md): title`, as the index has it. */
function firstLine(page: string): string {
  const [, code, title] = /^# (\w+): (.+)/.exec(read(page)) ?? [];
  return `[${code}](${code}.md): ${title}`;
}

/** The packages that a page's programs need, beside those of the first page. */
function packagesOf(page: string): string[] {
  const blocks = programs.filter(({ title }) => title.startsWith(`${page}, `));
  const imported = blocks.flatMap(({ program }) =>
    [...program.matchAll(/(?:from|import) '([^'.][^']*)'/g)].map(([, path]) => path as string),
  );
  const needed = imported.flatMap((path) => {
    if (path.startsWith('carillon')) return PEERS[path] ?? [];
    return path.startsWith('node:')
      ? []
      : [path.split('/', path.startsWith('@') ? 2 : 1).join('/')];
  });
  return needed.filter((name) => !['inversify', 'reflect-metadata'].includes(name));
}

/** What an entry imports, although no program names it. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  'carillon/cron': ['croner'],
  'carillon/nats': ['@nats-io/transport-node'],
  'carillon/postgres': ['pg'],
  'carillon/rabbitmq': ['amqplib'],
  'carillon/redis': ['ioredis'],
  'carillon/shutdown': ['close-with-grace'],
  'carillon/sqlite': ['libsql'],
};

/** The words of the commands that a page shows for installing. */
function installs(page: string): string[] {
  return [...read(page).matchAll(/^npm install .*$/gm)].flatMap(([line]) => line.split(' '));
}
