/** Finds and loads `carillon.config.ts`, and takes the container from it. */
import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cannotLoad } from './command-error.js';
import { noteDeclarations } from './declaration-sites.js';
import { importTypeScript } from './import-typescript.js';

/** What a `carillon.config` exports. */
export interface CarillonConfig {
  /** Makes the container, or the application, as the program does. It is not started. */
  container(): object | Promise<object>;
}

const ENDINGS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'];
const TYPESCRIPT = /\.[cm]?ts$/;

/**
 * The container of the project.
 *
 * @param given the path of the config; by default `carillon.config` in the folder or the nearest above it
 * @throws CommandError `CAR7060` where there is none, or it cannot be loaded
 */
export async function loadContainer(given: string | undefined, folder: string): Promise<object> {
  const file = given === undefined ? findConfig(folder) : resolve(folder, given);
  if (file === undefined)
    throw cannotLoad(
      `There is no carillon.config.ts in ${folder} or above it. Write one that exports container(), or name it: --config path.`,
    );
  if (!isFile(file)) throw cannotLoad(`There is no file ${file}. Correct --config.`);
  noteDeclarations(folder);
  const container = (await importConfig(file))['container'];
  if (typeof container !== 'function')
    throw cannotLoad(
      `${basename(file)} exports no function container(). Export one that makes the container of the program: export function container() { … }.`,
    );
  return madeBy(container as CarillonConfig['container'], file);
}

async function madeBy(make: CarillonConfig['container'], file: string): Promise<object> {
  let made: unknown;
  try {
    made = await make();
  } catch (error) {
    throw cannotLoad(`container() of ${basename(file)} failed. See the cause.`, error);
  }
  if (typeof made === 'object' && made !== null) return made;
  throw cannotLoad(
    `container() of ${basename(file)} returned ${String(made)}. Return the container, or the application.`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function findConfig(folder: string): string | undefined {
  for (let step = resolve(folder); ; step = dirname(step)) {
    const found = ENDINGS.map((ending) => join(step, `carillon.config.${ending}`)).find(isFile);
    if (found !== undefined || dirname(step) === step) return found;
  }
}

async function importConfig(file: string): Promise<Record<string, unknown>> {
  try {
    const load = TYPESCRIPT.test(file) ? importTypeScript : importFile;
    const loaded = await load(file);
    // A CommonJS module may show its exports under `default` alone.
    const { default: inner } = loaded as { default?: Record<string, unknown> };
    return loaded['container'] === undefined && typeof inner === 'object' ? inner : loaded;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'CAR7060') throw error;
    throw cannotLoad(`${basename(file)} could not be loaded. See the cause.`, error);
  }
}

function importFile(file: string): Promise<Record<string, unknown>> {
  return import(pathToFileURL(file).href);
}
