/** Projects of users: empty folders into which the package has been installed as a registry would serve it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from '@jest/globals';

const run = promisify(execFile);

/** What a program that was run has said. */
export interface Said {
  readonly code: number;
  /** Of both outputs, without what surrounds them. */
  readonly text: string;
}

/** The tarball of this package, for the tests of one file. */
export class PackedPackage {
  readonly #folder: Promise<string>;
  #tarball: Promise<string> | undefined;

  constructor() {
    this.#folder = mkdtemp(join(tmpdir(), 'carillon-package-'));
    afterAll(async () => rm(await this.#folder, { recursive: true, force: true }));
  }

  /** What is built now, packed. */
  tarball(): Promise<string> {
    this.#tarball ??= this.#pack();
    return this.#tarball;
  }

  /**
   * A project with the package beside these others.
   *
   * @param packages with their versions, as `npm install` takes them
   */
  async install(
    name: string,
    packages: readonly string[],
    manifest: object = { type: 'module' },
  ): Promise<PackageProject> {
    const project = new PackageProject(join(await this.#folder, name));
    await project.write({ 'package.json': JSON.stringify({ name, private: true, ...manifest }) });
    const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
    await run('npm', ['install', ...flags, await this.tarball(), ...packages], {
      cwd: project.folder,
    });
    return project;
  }

  async #pack(): Promise<string> {
    const folder = join(await this.#folder, 'tarball');
    await mkdir(folder);
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
    const [name = ''] = await readdir(folder);
    return join(folder, name);
  }
}

export class PackageProject {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the package has been installed. */
  get root(): string {
    return join(this.folder, 'node_modules', 'carillon');
  }

  /** @param files their texts, by their paths in the project */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }

  /** Runs a program in the project, also one of those that are installed in it. */
  async run(command: string, ...args: readonly string[]): Promise<Said> {
    const path = [join(this.folder, 'node_modules', '.bin'), process.env['PATH']].join(':');
    // What tells Jest that it runs within another Jest, and colours.
    const { NODE_OPTIONS: _, JEST_WORKER_ID: __, FORCE_COLOR: ___, ...environment } = process.env;
    const env = { ...environment, NODE_ENV: 'test', NO_COLOR: '1', CI: '1', PATH: path };
    try {
      const { stdout, stderr } = await run(command, args, { cwd: this.folder, env });
      return { code: 0, text: (stdout + stderr).trim() };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, text: (stdout + stderr).trim() };
    }
  }
}
