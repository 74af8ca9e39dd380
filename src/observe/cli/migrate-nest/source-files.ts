/** Finds the sources that are to be migrated. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { wrongUsage } from '../command-error.js';

/** What nobody writes by hand. */
const GENERATED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'coverage']);

const SOURCE = /(?<!\.d)\.[cm]?tsx?$/;

/** A file with its text; the path is relative to the folder of the call. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/**
 * The TypeScript files at and below the paths; declarations, hidden folders and what is built are passed over.
 *
 * @throws CommandError `CAR7061` for a path that does not exist, and where there is no file
 */
export function readSources(folder: string, paths: readonly string[]): SourceText[] {
  const files = new Set(paths.flatMap((path) => [...filesAt(resolve(folder, path))]));
  if (files.size === 0)
    throw wrongUsage(`There is no file of TypeScript in ${paths.join(', ')}. Name other paths.`);
  return [...files]
    .sort()
    .map((file) => ({ path: relative(folder, file), text: readFileSync(file, 'utf8') }));
}

function* filesAt(path: string): Generator<string> {
  if (!existsSync(path)) throw wrongUsage(`There is no file ${path}. Correct the path.`);
  if (statSync(path).isFile()) yield path;
  else
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const { name } = entry;
      if (entry.isFile() && SOURCE.test(name)) yield join(path, name);
      if (entry.isDirectory() && !name.startsWith('.') && !GENERATED.has(name))
        yield* filesAt(join(path, name));
    }
}
