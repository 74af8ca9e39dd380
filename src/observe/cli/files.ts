/** Files that commands read and write; what is wrong with one is said by its name. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cannotLoad, wrongUsage } from './command-error.js';

/**
 * The object in a JSON file.
 *
 * @throws CommandError `CAR7060` for a file that cannot be read, or holds no JSON object
 */
export function readJson(file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw cannotLoad(`${file} could not be read as JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null) return value;
  throw cannotLoad(`${file} holds no object. Correct it.`);
}

/** @throws CommandError `CAR7061` for a file that cannot be written */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw wrongUsage(`${file} could not be written: ${(error as Error).message}`);
  }
}
