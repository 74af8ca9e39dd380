/** Finds the file that another one imports, among those that are migrated. */
import { posix, sep } from 'node:path';

/** Tried in this order, behind what the import says. */
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '/index.ts'];

/**
 * @param files by their paths
 * @returns `undefined` for a package, and for a file that is not among them
 */
export function resolveModule<T>(
  module: string,
  importer: string,
  files: ReadonlyMap<string, T>,
): T | undefined {
  if (!module.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(slashed(importer)), module);
  const plain = path.replace(/\.[cm]?jsx?$/, '');
  for (const start of [path, plain])
    for (const ending of ENDINGS) {
      const found = files.get(native(start + ending));
      if (found !== undefined) return found;
    }
  return undefined;
}

/** A path as imports write it. */
export function slashed(path: string): string {
  return path.split(sep).join('/');
}

function native(path: string): string {
  return path.split('/').join(sep);
}
