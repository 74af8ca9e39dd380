/** JSON that comes from outside or goes there: bounded, and unable to reach into prototypes. */
import { CarillonError } from '../../decorators/carillon-error.js';

/** How much of a message is read. */
export interface JsonLimits {
  /** Most characters of the whole message. Default 1,048,576. */
  readonly size?: number;
  /** Most levels of objects and lists within each other. Default 64. */
  readonly depth?: number;
}

const SIZE = 1_048_576;
const DEPTH = 64;

/** Keys by which data could become a prototype somewhere on its way. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

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
  if (FORBIDDEN.has(key)) throw hostile(`the key "${key}"`);
}

/**
 * Writes JSON that {@link parseJson} reads back; `undefined` for nothing. Its size is for whoever puts it into a message.
 *
 * @param what what is written, for the error
 * @param level how many levels it is within others
 * @throws CarillonError `CAR5037` for what JSON cannot hold or a reader would refuse
 */
export function writeJson(
  what: string,
  value: unknown,
  { depth = DEPTH }: JsonLimits,
  level: number,
): string | undefined {
  const fault = faultOf(value, depth - level);
  if (fault !== undefined) {
    throw new CarillonError(
      'CAR5037',
      `${what} has ${fault}, which cannot travel. Send plain data, or bytes as the whole payload.`,
    );
  }
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

/** What a text cannot have between its quotes as it is. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** A text as JSON: most have nothing to escape, and are looked through faster than they are copied sign by sign. */
export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
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
  return new CarillonError('CAR5033', 'A message is no JSON. See who wrote it.', { cause });
}

function hostile(fault: string): CarillonError {
  return new CarillonError('CAR5034', `A message has ${fault}. It is not read; see who wrote it.`);
}

function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `the number ${value}`;
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
    return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return faultOf(toJSON.call(value), depth);
  if (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof Map ||
    value instanceof Set
  ) {
    return `a ${value.constructor.name} within`;
  }
  if (depth === 0) return 'too many levels, or a circle';
  for (const key of Object.keys(value)) {
    if (FORBIDDEN.has(key)) return `the key "${key}"`;
    const fault = faultOf((value as Record<string, unknown>)[key], depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
