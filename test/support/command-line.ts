/** Runs the command line as it is built. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { PROJECT } from './program.js';

/** What a command has said. */
export interface Answer {
  readonly code: number;
  /** The standard output: the data. */
  readonly out: string;
  /** The standard error: remarks. */
  readonly err: string;
}

/** Runs `carillon` with the arguments in a folder of this project. */
export function carillon(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { NODE_OPTIONS: _, FORCE_COLOR: __, ...environment } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(PROJECT, 'dist/cli.js'), ...args],
      { cwd: join(PROJECT, folder), env: { ...environment, ...env } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

/** Folders below this project, so that their programs find the packages; removed after the tests of a file. */
export class ProjectFolders {
  readonly #folders: string[] = [];

  constructor() {
    afterAll(() => {
      for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    });
  }

  /** @returns the folder, relative to this project */
  make(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(PROJECT, 'build/command-line-'));
    this.#folders.push(folder);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder.slice(PROJECT.length);
  }
}
