/** Another process of this project's, its output as it comes, and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export class Program {
  output = '';
  readonly ended: Promise<{ code: number | null; output: string }>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();

  /**
   * @param args of the program
   * @param env beside that of this process
   * @param where the program is, and the folder that it runs in; default Node in the folder of the project
   */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { program = process.execPath, folder = PROJECT } = {},
  ) {
    this.#child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const look of this.#watchers) look();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => resolve({ code, output: this.output }));
    });
  }

  /** Resolves with the match once the output has it; rejects when the program ends without it. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.output);
        if (found === null) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      void this.ended.then(
        ({ code }) =>
          reject(new Error(`ended with ${code} and without ${pattern}:\n${this.output}`)),
        reject,
      );
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
