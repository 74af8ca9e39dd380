/** Notes where decorators stand: set before a project is imported, and read by the decorators themselves. */
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DeclarationPlace } from '../../../decorators/index.js';

/** `at On (file:///a/b.ts:3:4)`, `at /a/b.ts:3:4`. */
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/)?\/?[^()\s][^()]*?):(\d+):\d+\)?$/;

/** The files of the package itself. */
const OWN = new URL('.', import.meta.url).href;

/** From now on each decorator knows its file, relative to the folder, and its line. */
export function noteDeclarations(folder: string): void {
  process.setSourceMapsEnabled(true);
  const sources = new Map<string, SourceFile>();
  Object.assign(globalThis, {
    [Symbol.for('carillon.declared-at')]: (decorator: string) => {
      const caller = callerOf(new Error('site'));
      if (caller === undefined) return;
      const { path } = caller;
      const source = sources.get(path) ?? new SourceFile(path);
      sources.set(path, source);
      const file = relative(folder, path).split(sep).join('/');
      const line = source.lineOf(decorator, caller.line);
      return { file, ...(line !== undefined && { line }) } satisfies DeclarationPlace;
    },
  });
}

/** One file, and which of its decorators have been called. */
class SourceFile {
  readonly #lines: readonly string[];
  readonly #called = new Map<string, number>();

  constructor(path: string) {
    this.#lines = linesOf(path);
  }

  /**
   * Where the decorator that is called now stands. Source maps of swc lead to the end of its class; then it is the next of that name, since
   * decorators are called in the order of the text.
   */
  lineOf(decorator: string, mapped: number): number | undefined {
    const count = this.#called.get(decorator) ?? 0;
    this.#called.set(decorator, count + 1);
    if (this.#lines[mapped - 1]?.includes(decorator)) return mapped;
    const written = this.#lines.flatMap((line, index) =>
      line.trimStart().startsWith(`@${decorator}(`) ? [index + 1] : [],
    );
    return written[count];
  }
}

interface Caller {
  readonly path: string;
  readonly line: number;
}

function callerOf({ stack = '' }: Error): Caller | undefined {
  for (const frame of stack.split('\n').slice(1)) {
    const [, place = '', line = ''] = FRAME.exec(frame) ?? [];
    if (place === '' || place.startsWith('node:')) continue;
    const url = place.startsWith('file:') ? place : pathToFileURL(place).href;
    if (!url.startsWith(OWN)) return { path: fileURLToPath(url), line: Number(line) };
  }
  return undefined;
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
