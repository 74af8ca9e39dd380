/** What is installed in a project, as far as it can be wrong. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProjectFacts } from '../index.js';
import { readJson } from './files.js';

/** The folder of the copy that this program is a part of. */
const OWN = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** Looks at the project of the folder. */
export async function installation(folder: string): Promise<ProjectFacts> {
  const root = rootOf(folder);
  const inversify = versionOf('inversify', root);
  const compiler = compilerOf(root);
  return {
    copies: copies(root),
    ...(inversify !== undefined && { inversify }),
    ...(compiler !== undefined && { compiler }),
  };
}

/** The folder of the nearest package.json. */
function rootOf(folder: string): string {
  for (let step = resolve(folder); ; step = dirname(step)) {
    if (existsSync(join(step, 'package.json'))) return step;
    if (dirname(step) === step) return folder;
  }
}

/** This copy, the one that the project finds, and those that its dependencies bring along. */
function copies(root: string): readonly string[] {
  const { dependencies = {}, devDependencies = {} } = manifestOf(root);
  const names = Object.keys({ ...dependencies, ...devDependencies });
  const folders = [root, ...names.flatMap((name) => folderOf(name, root) ?? [])];
  const found = folders.flatMap((each) => folderOf('carillon', each) ?? []);
  return [...new Set([realpathSync(OWN), ...found])];
}

/** Where the package is found from the folder, by the way in which Node.js looks for it. */
function folderOf(name: string, from: string): string | undefined {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  const found = places
    .map((place) => join(place, name))
    .find((each) => existsSync(join(each, 'package.json')));
  return found === undefined ? undefined : realpathSync(found);
}

function versionOf(name: string, root: string): string | undefined {
  const folder = folderOf(name, root);
  return folder === undefined ? undefined : manifestOf(folder).version;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

function manifestOf(folder: string): Manifest {
  const file = join(folder, 'package.json');
  return existsSync(file) ? readJson(file) : {};
}

function compilerOf(root: string): ProjectFacts['compiler'] {
  const file = join(root, 'tsconfig.json');
  if (!existsSync(file)) return undefined;
  return {
    experimentalDecorators: hasFlag(file, 'experimentalDecorators'),
    emitDecoratorMetadata: hasFlag(file, 'emitDecoratorMetadata'),
  };
}

/** Whether a tsconfig.json, or one that it extends by a path, has the option set. It may have comments, so it is read as text. */
export function hasFlag(file: string, flag: string, seen: Set<string> = new Set()): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const own = new RegExp(`"${flag}"\\s*:\\s*(true|false)`).exec(text);
  if (own !== null) return own[1] === 'true';
  const [, extended = ''] = /"extends"\s*:\s*"(\.[^"]+)"/.exec(text) ?? [];
  if (extended === '') return false;
  const base = resolve(dirname(file), extended);
  return hasFlag(existsSync(base) ? base : `${base}.json`, flag, seen);
}
