/** Checks options by shapes: a shape names each option and what it takes, and all else is refused with what was given. */
import { CarillonError, type ErrorCode } from './carillon-error.js';

/** What one option takes. */
export interface OptionCheck {
  /** What is wrong with a value: the sentences that follow its place, `has timeout: -1. Give …`. */
  (value: unknown, name: string): string | undefined;
  /** Has no default, and has to be given. */
  readonly needed?: true;
}

/** What each option takes. What is left out, or `undefined`, has its default. */
export type OptionShape<Options> = { readonly [Name in keyof Options]-?: OptionCheck };

/** A shape of any options. */
export type Shape = Readonly<Record<string, OptionCheck>>;

/** The bounds of a number; without any, 0 or more. */
export interface Bounds {
  readonly least?: number;
  /** More than that. */
  readonly above?: number;
  readonly most?: number;
  /** `Infinity` as well: no limit. */
  readonly unlimited?: boolean;
}

/** The longest that a timer of the platform takes, 24 days: for times that an engine's client gives to one. */
export const LONGEST_TIMER = 2_147_483_647;

/**
 * Checks options that are ours alone.
 *
 * @param place what has them: `@On on Bell.ring`, `Queue "mail"`
 * @throws CarillonError with that code for a value that an option does not take, and for an unknown option
 */
export function checkOptions(code: ErrorCode, place: string, shape: Shape, options: unknown): void {
  refuseFault(code, place, optionsFault(shape, options));
}

/**
 * Checks the options of the shape, whatever else is among them.
 *
 * @throws CarillonError with that code for a value that an option does not take
 */
export function checkKnownOptions(
  code: ErrorCode,
  place: string,
  shape: Shape,
  options: unknown,
): void {
  refuseFault(code, place, knownFault(shape, options));
}

/** @throws CarillonError with that code for a fault, if there is one */
export function refuseFault(code: ErrorCode, place: string, fault: string | undefined): void {
  if (fault !== undefined) throw new CarillonError(code, `${place} ${fault}`);
}

/** What is wrong with options that are ours alone, if anything is. */
export function optionsFault(shape: Shape, options: unknown, path = ''): string | undefined {
  return knownFault(shape, options, path) ?? unknownFault([shape], options as object, path);
}

/** As {@link optionsFault}, for calls that have to be fast: what has to be given is not missed. */
export function quickFault(shape: Shape, options: unknown): string | undefined {
  if (!isOptions(options)) return wrongOption('options', options, 'an object');
  for (const name in options) {
    if (!Object.hasOwn(shape, name)) return optionsFault(shape, options);
    const value = (options as Readonly<Record<string, unknown>>)[name];
    const fault = value === undefined ? undefined : shape[name]?.(value, name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What is wrong with the options of the shape, if anything is. */
export function knownFault(shape: Shape, options: unknown, path = ''): string | undefined {
  if (!isOptions(options)) return wrongOption('options', options, 'an object');
  for (const name in shape) {
    const value = Reflect.get(options, name);
    const check = shape[name] as OptionCheck;
    const fault = value === undefined && !check.needed ? undefined : check(value, path + name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What is wrong with those of the given options that the shapes have, if anything is. */
export function givenFault(shapes: readonly Shape[], options: unknown): string | undefined {
  if (!isOptions(options)) return wrongOption('options', options, 'an object');
  for (const name in options) {
    const value = Reflect.get(options, name);
    const shape = value === undefined ? undefined : shapeOf(shapes, name);
    const fault = shape?.[name]?.(value, name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Says which option none of the shapes has, and which may have been meant. One that is `undefined` is left out. */
export function unknownFault(
  shapes: readonly Shape[],
  options: object,
  path = '',
): string | undefined {
  for (const name in options) {
    if (shapeOf(shapes, name) !== undefined || Reflect.get(options, name) === undefined) continue;
    const names = shapes.flatMap((shape) => Object.keys(shape));
    const near = names.find((known) => isNear(known, name, known.length / 3));
    return `has the unknown option ${path}${name}. ${near === undefined ? `It takes ${names.join(', ')}.` : `Did you mean ${near}?`}`;
  }
  return undefined;
}

function shapeOf(shapes: readonly Shape[], name: string): Shape | undefined {
  for (const shape of shapes) if (Object.hasOwn(shape, name)) return shape;
  return undefined;
}

/** Whether no more letters than that have to be put in, taken out, changed or swapped to make one of the other (Damerau, 1964). */
function isNear(one: string, other: string, edits: number): boolean {
  if (one === other) return true;
  if (edits < 1) return false;
  let same = 0;
  while (one[same] === other[same]) same += 1;
  const [left, right] = [one.slice(same), other.slice(same)];
  const [shortLeft, shortRight] = [left.slice(1), right.slice(1)];
  const isSwapped = left[0] === right[1] && left[1] === right[0];
  return (
    (isSwapped && isNear(left.slice(2), right.slice(2), edits - 1)) ||
    isNear(shortLeft, shortRight, edits - 1) ||
    isNear(shortLeft, right, edits - 1) ||
    isNear(left, shortRight, edits - 1)
  );
}

/** The fault of an option. */
export function wrongOption(name: string, value: unknown, allowed: string): string {
  return `has ${name}: ${shownOption(value)}. Give ${allowed}.`;
}

/** A value for an error: it tells its type, and is cut where it is long. */
export function shownOption(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'function' || typeof value === 'object'
    ? shownType(value)
    : String(value);
}

/** The type alone, for what may be a secret. */
export function shownType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? Object.prototype.toString.call(value) : `a ${typeof value}`;
}

/** Whether it is an object in which options may be; no list, no date, no number in an object. */
export function isOptions(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  // Nearly always it is a literal, which is told at less cost.
  return (
    Object.getPrototypeOf(value) === Object.prototype ||
    Object.prototype.toString.call(value) === '[object Object]'
  );
}

export function isWithin(
  value: unknown,
  { least = 0, above, most = Number.MAX_SAFE_INTEGER, unlimited = false }: Bounds = {},
): value is number {
  if (value === Number.POSITIVE_INFINITY) return unlimited;
  return (
    typeof value === 'number' &&
    value <= most &&
    (above === undefined ? value >= least : value > above)
  );
}

export function isWhole(value: unknown, bounds?: Bounds): boolean {
  if (!isWithin(value, bounds)) return false;
  return Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
}

/** The bounds in words, behind what is allowed. */
export function boundsText({ least = 0, above, most, unlimited = false }: Bounds = {}): string {
  const from = above === undefined ? `${least} or more` : `more than ${above}`;
  const to = most === undefined ? '' : `, at most ${most}`;
  return `, ${from}${to}${unlimited ? ', or Infinity' : ''}`;
}

/**
 * What a predicate takes, with the words for it.
 */
export function kind(takes: (value: unknown) => boolean, allowed: string): OptionCheck {
  return (value, name) => (takes(value) ? undefined : wrongOption(name, value, allowed));
}

/**
 * As {@link kind}, for what may be a secret: an error shows its type alone.
 */
export function secret(takes: (value: unknown) => boolean, allowed: string): OptionCheck {
  return (value, name) =>
    takes(value) ? undefined : `has ${name}: ${shownType(value)}. Give ${allowed}.`;
}

export function finite(bounds?: Bounds): OptionCheck {
  return kind((value) => isWithin(value, bounds), `a number${boundsText(bounds)}`);
}

export function whole(bounds?: Bounds): OptionCheck {
  return kind((value) => isWhole(value, bounds), `a whole number${boundsText(bounds)}`);
}

/**
 * One of a few words.
 */
export function oneOf(...words: readonly string[]): OptionCheck {
  const shown = words.map((word) => `'${word}'`);
  const [last] = shown.splice(-1);
  return kind((value) => words.includes(value as string), `${shown.join(', ')} or ${last}`);
}

export function flag(): OptionCheck {
  return kind((value) => typeof value === 'boolean', 'true or false');
}

/** A name, an id, a key: text that an engine can store. */
export function name(): OptionCheck {
  return kind(isName, `text of 1 to ${LONGEST_NAME} characters`);
}

/** Most characters of a topic, and of every other name, id and key: as many as every engine takes. */
export const LONGEST_NAME = 255;

/** Half of a pair of surrogates is no text, and U+0000 is not stored by every engine. */
const NO_TEXT = /[\0\p{Surrogate}]/u;

/** Whether every engine stores the text as it is. */
export function isStorable(text: string): boolean {
  return !NO_TEXT.test(text);
}

export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > LONGEST_NAME) return false;
  return value.trim() !== '' && isStorable(value);
}

export function callback(): OptionCheck {
  return kind((value) => typeof value === 'function', 'a function');
}

/** An object that can do something. */
export function withMethods(...names: readonly string[]): OptionCheck {
  return kind(
    (value) => hasMethods(value, names),
    `an object with the methods ${names.join(', ')}`,
  );
}

export function hasMethods(value: unknown, names: readonly (string | symbol)[]): boolean {
  const isObject = (typeof value === 'object' || typeof value === 'function') && value !== null;
  return isObject && names.every((method) => typeof Reflect.get(value, method) === 'function');
}

/**
 * Options within options.
 *
 * @param other what is taken in their place
 */
export function nested<Options>(
  shape: OptionShape<Options>,
  other: OptionCheck = kind(() => false, 'an object'),
): OptionCheck {
  return (value, name) =>
    isOptions(value) ? optionsFault(shape, value, `${name}.`) : other(value, name);
}

/**
 * A list of what the check takes.
 */
export function listOf(check: OptionCheck): OptionCheck {
  return (value, name) => {
    if (!Array.isArray(value)) return wrongOption(name, value, 'a list');
    for (const [index, one] of value.entries()) {
      const fault = check(one, `${name}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return;
  };
}

/**
 * An option that has no default.
 */
export function needed(check: OptionCheck): OptionCheck {
  return Object.assign<OptionCheck, { needed: true }>((value, name) => check(value, name), {
    needed: true,
  });
}
