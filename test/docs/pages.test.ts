/**
 * What the pages show: each `ts` block is a whole program that is compiled and run, and the `text` block after it is what it prints.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/program.js';

interface Shown {
  readonly title: string;
  readonly program: string;
  readonly prints: string;
  readonly file: string;
}

const run = promisify(execFile);
const folder = join(PROJECT, 'build/pages');
const pages = [
  'README.md',
  'examples/patterns/README.md',
  'examples/phases/README.md',
  'examples/scenes/README.md',
  'examples/webhooks/README.md',
  ...markdownIn('docs'),
];
const programs = pages.flatMap(programsOf);
let compiled = '';

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, program } of programs) writeFileSync(join(folder, `${file}.ts`), program);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER));
  compiled = await compile();
}, 120_000);

const COMPILER = {
  extends: '../../tsconfig.base.json',
  compilerOptions: { types: ['node'], rootDir: '.', outDir: 'out' },
  include: ['*.ts'],
};

describe('the pages', () => {
  it('show programs that compile', () => {
    expect(programs.length).toBeGreaterThan(30);
    expect(compiled).toBe('');
  });

  it.each(programs)('$title prints what the page says', async ({ file, prints }) => {
    const { stdout, stderr } = await run(process.execPath, [join(folder, 'out', `${file}.js`)]);

    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(prints);
  });

  it.each(pages)('%s links to what exists', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) =>
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

function markdownIn(name: string): string[] {
  const files = readdirSync(join(PROJECT, name), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(name, file))
    .sort();
}

function read(page: string): string {
  return readFileSync(join(PROJECT, page), 'utf8');
}

/** `[CAR1001](CAR1001.md): title`, as the index has it. */
function firstLine(page: string): string {
  const [, code, title] = /^# (\w+): (.+)/.exec(read(page)) ?? [];
  return `[${code}](${code}.md): ${title}`;
}

function programsOf(page: string): Shown[] {
  const blocks = [...read(page).matchAll(/```ts\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs)];
  return blocks.map(([, program = '', prints = ''], index) => ({
    title: `${page}, program ${index + 1},`,
    program,
    prints: prints.trim(),
    file: `${page.replaceAll(/\W/g, '-')}-${index + 1}`,
  }));
}

async function compile(): Promise<string> {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  try {
    return (await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'])).stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
