/** The programs of the pages: each `ts` block is a whole program, and the `text` block after it is what it prints. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from './program.js';

/** A program of a page. */
export interface PageProgram {
  readonly title: string;
  readonly program: string;
  readonly prints: string;
  readonly file: string;
  /** Whether it talks to PostgreSQL. */
  readonly needsServer: boolean;
}

const run = promisify(execFile);

/** As strict as a compiler can be, so that a program compiles whatever a reader has switched on. */
const STRICT = {
  extends: '../../tsconfig.base.json',
  compilerOptions: { types: ['node'], rootDir: '.', noEmit: true },
  include: ['*.ts'],
};

/** The pages of a folder of the project. */
export function markdownIn(name: string): string[] {
  const files = readdirSync(join(PROJECT, name), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(name, file))
    .sort();
}

/** Every page for users. */
export const PAGES = [
  'README.md',
  'examples/nest-migration/README.md',
  'examples/patterns/README.md',
  'examples/phases/README.md',
  'examples/scenes/README.md',
  'examples/webhooks/README.md',
  ...markdownIn('docs'),
];

export function readPage(page: string): string {
  return readFileSync(join(PROJECT, page), 'utf8');
}

export function programsOf(page: string): PageProgram[] {
  const blocks = [...readPage(page).matchAll(/```ts\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs)];
  return blocks.map(([, program = '', prints = ''], index) => ({
    title: `${page}, program ${index + 1},`,
    program,
    prints: prints.trim(),
    file: `${page.replaceAll(/\W/g, '-')}-${index + 1}`,
    needsServer: program.includes(`from 'carillon/postgres'`),
  }));
}

/** Programs in a folder of their own within the project. */
export class CompiledPrograms {
  readonly #folder: string;
  readonly #more: object;

  /**
   * @param name that of the folder, which nobody else has
   * @param more what the compiler is told besides
   */
  constructor(name: string, more: object = {}) {
    this.#folder = join(PROJECT, 'build', name);
    this.#more = more;
  }

  /** Returns what the compiler says, by the settings of a reader and by stricter ones. */
  async compile(programs: readonly PageProgram[]): Promise<string> {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    for (const { file, program } of programs)
      writeFileSync(join(this.#folder, `${file}.ts`), program);
    for (const [name, config] of [
      ['tsconfig.json', readersConfig()],
      ['strict.json', STRICT],
    ] as const) {
      const compilerOptions = { ...config.compilerOptions, ...this.#more };
      writeFileSync(join(this.#folder, name), JSON.stringify({ ...config, compilerOptions }));
    }
    return (await this.#compile('tsconfig.json')) + (await this.#compile('strict.json'));
  }

  /** Runs one of them to its end. */
  run({ file }: PageProgram, env: Readonly<Record<string, string>> = {}) {
    const options = { cwd: this.#folder, env: { ...process.env, ...env } };
    return run(process.execPath, [`out/${file}.js`], options);
  }

  /** The compiled file of one of them. */
  fileOf({ file }: PageProgram): string {
    return join(this.#folder, 'out', `${file}.js`);
  }

  async #compile(config: string): Promise<string> {
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const args = [tsc, '-p', join(this.#folder, config), '--pretty', 'false'];
    try {
      return (await run(process.execPath, args)).stdout;
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }
}

/** What a reader has: the settings that the first page shows, and nothing else. */
function readersConfig(): { readonly compilerOptions: object; readonly include: string[] } {
  const [, shown = ''] =
    /\*\*`tsconfig.json`\*\*\n\n```json\n(.*?)```/s.exec(readPage('docs/getting-started.md')) ?? [];
  const config = JSON.parse(shown);
  return {
    compilerOptions: { ...config.compilerOptions, rootDir: '.', outDir: 'out' },
    include: ['*.ts'],
  };
}
