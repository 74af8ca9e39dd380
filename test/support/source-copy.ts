/** Copies of the sources with files too many, on which the checks of the house are run. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a check says, and whether it fails. */
export interface Verdict {
  readonly failed: boolean;
  readonly output: string;
}

/** Copies that exist until they are removed. */
export class SourceCopies {
  readonly #folders: string[] = [];

  /** A copy of the sources to which these files have been added, or in which they have been replaced. */
  async add(files: Readonly<Record<string, string>>): Promise<string> {
    const copy = await mkdtemp(join(tmpdir(), 'carillon-sources-'));
    this.#folders.push(copy);
    for (const name of ['src', 'decorators', 'tools', 'package.json', 'biome.json', '.gitignore'])
      await cp(name, join(copy, name), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
    for (const [file, source] of Object.entries(files)) {
      await mkdir(dirname(join(copy, file)), { recursive: true });
      await writeFile(join(copy, file), source);
    }
    return copy;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true })));
  }
}

/** Runs a script of the package in a copy. */
export function runScript(copy: string, script: string): Promise<Verdict> {
  return run(copy, 'npm', 'run', '--silent', script);
}

/** Runs the linter on files of a copy. */
export function lint(copy: string, ...files: string[]): Promise<Verdict> {
  const biome = join(copy, 'node_modules/.bin/biome');
  return run(copy, biome, 'lint', '--error-on-warnings', ...files);
}

function run(cwd: string, command: string, ...args: string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
}
