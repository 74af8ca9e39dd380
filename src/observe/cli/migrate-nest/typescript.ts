/** The compiler's interface for programs, which TypeScript has up to version 6. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, sep } from 'node:path';
import type ts from '@typescript/typescript6';
import { CommandError } from '../command-error.js';
import { CANNOT_LOAD } from '../exit-codes.js';

/** What `typescript` exports, up to version 6. */
export type TypeScript = typeof ts;

/** Where an installation keeps its programs, as npx puts them on the path. */
const PROGRAMS = `node_modules${sep}.bin`;

/**
 * That of the project; else one that is installed beside this package, or by npx.
 *
 * @param folder of the project
 * @throws CommandError `CAR7062` where there is none before 7
 */
export function loadTypeScript(folder: string): TypeScript {
  const versions: string[] = [];
  for (const place of placesOf(folder)) {
    const found = typeScriptOf(place);
    if (found === undefined) continue;
    if (isUsable(found)) return found;
    versions.push(found.version);
  }
  throw new CommandError(
    CANNOT_LOAD,
    'CAR7062',
    `${versions.length === 0 ? 'There is no TypeScript here' : `TypeScript ${versions[0]} has no interface for programs that change sources`}. Run npx -p typescript@6 -p carillon carillon migrate-nest, with the same arguments.`,
  );
}

/** Folders from which packages are looked for. */
function* placesOf(folder: string): Generator<string> {
  yield folder;
  yield dirname(import.meta.filename);
  for (const entry of (process.env['PATH'] ?? '').split(delimiter))
    if (entry.endsWith(PROGRAMS) && existsSync(entry)) yield dirname(dirname(entry));
}

function typeScriptOf(folder: string): TypeScript | undefined {
  try {
    return createRequire(join(folder, 'any.js'))('typescript') as TypeScript;
  } catch {
    return undefined;
  }
}

/** Also of a later version that has it again. */
function isUsable(typescript: Partial<TypeScript>): boolean {
  return (
    typeof typescript.createSourceFile === 'function' &&
    typeof typescript.getDecorators === 'function'
  );
}
