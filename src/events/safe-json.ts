/** JSON that comes from outside or goes there: bounded, and unable to reach into prototypes. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { isForbidden, UntypedError } from './typed-json.js';

/** How much of a message is read. */
export interface JsonLimits {
  /** Most characters of the whole message. Default 1,048,576. */
  readonly size?: number;
  /** Most levels of objects and lists within each other. Default 64. */
  readonly depth?: number;
}

const SIZE = 1_048_576;
const DEPTH = 64;

/**
 * Reads JSON.
 *
 * @throws CarillonError `CAR5033` for what is no JSON, `CAR5034` for what is too large or too deep, or has a forbidden key
 */
export function parseJson(text: string, limits: JsonLimits): unknown {
  const value = parseUnchecked(text, limits);
  checkRead(value, limits, 0);
  return value;
}

/**
 * Reads JSON of which nothing but the size is checked.
 *
 * @throws CarillonError `CAR5033` for what is no JSON, `CAR5034` for what is too large
 */
export function parseUnchecked(text: string, limits: JsonLimits): unknown {
  checkSize('A message', text, limits);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noJson(cause);
  }
}

/**
 * Checks what was read.
 *
 * @param level how many levels it is within others
 * @throws CarillonError `CAR5034` for what is too deep, or has a forbidden key
 */
export function checkRead(value: unknown, { depth = DEPTH }: JsonLimits, level: number): void {
  const fault = faultOf(value, depth - level);
  if (fault !== undefined) throw hostile(fault);
}

/** @throws CarillonError `CAR5034` for a key that is forbidden */
export function checkKey(key: string): void {
  if (isForbidden(key)) throw hostile(forbidden(key));
}

/** How many levels are left within others. */
export function depthWithin({ depth = DEPTH }: JsonLimits, level: number): number {
  return depth - level;
}

/** The error for a payload that would arrive as something else, from what `typedJson` threw. */
export function cannotTravel(what: string, cause: unknown): CarillonError {
  if (cause instanceof CarillonError) return cause;
  const fault = cause instanceof UntypedError ? cause.message : 'what cannot be read';
  return new CarillonError(
    'CAR5037',
    `${what} has ${fault}, which cannot travel. Send plain data, or give a reader that writes and rebuilds it.`,
    { cause },
  );
}

/** @throws CarillonError `CAR5034` for what is too large */
export function checkSize(what: string, text: string, { size = SIZE }: JsonLimits): void {
  if (text.length <= size) return;
  throw new CarillonError(
    'CAR5034',
    `${what} has ${text.length} characters; ${size} are allowed. Send a reference, or raise limits.size.`,
  );
}

function noJson(cause: unknown): CarillonError {
  return new CarillonError('CAR5033', 'A message is not JSON. Find out which program sent it.', {
    cause,
  });
}

function hostile(fault: string): CarillonError {
  return new CarillonError(
    'CAR5034',
    `A message was refused: it has ${fault}. Find out which program sent it.`,
  );
}

function forbidden(key: string): string {
  return `the key "${key}", by which data could reach into a prototype`;
}

/** Of parsed JSON. */
function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return 'too many levels of objects and lists, more than limits.depth allows';
  if (Array.isArray(value)) {
    for (const member of value) {
      const fault = faultOf(member, depth - 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  for (const key in value) {
    if (isForbidden(key)) return forbidden(key);
    const fault = faultOf((value as Record<string, unknown>)[key], depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
