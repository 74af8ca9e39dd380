/**
 * Payloads as JSON, and beside it where values stand that JSON does not have: an object from JSON pointers (RFC 6901) to names of types. A
 * payload has both only where it needs them, so that plain data is plain JSON.
 */
import {
  BIG_INTEGER,
  nativeClass,
  typeNamed,
  typeOfObject,
  UNDEFINED,
  type ValueType,
} from './value-types.js';

/** What was written. */
export interface TypedJson {
  /** `undefined` for nothing. */
  readonly json: string | undefined;
  /** The types by pointer, as JSON; `undefined` where all is plain. */
  readonly types: string | undefined;
}

/** Whether data could become a prototype by the key somewhere on its way. */
export function isForbidden(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

/** Why a payload cannot travel, and where. */
export class UntypedError extends Error {
  constructor(fault: string, path: readonly (string | number)[], cause?: unknown) {
    super(path.length === 0 ? fault : `${fault} at ${shownPath(path)}`, { cause });
  }
}

const PLAIN = Object.prototype;
const LIST = Array.prototype;

/** In signs; a circle has no end. */
const LONGEST_PATH = 200;

/**
 * Writes a payload that is plain JSON; `undefined` for every other one.
 *
 * @param depth most levels within each other
 * @param prototype that of the payload as a whole; what is within is plain
 */
export function plainJson(
  value: unknown,
  depth: number,
  prototype: object = PLAIN,
): string | undefined {
  if (!isJson(value, depth, prototype)) return undefined;
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

/**
 * Writes any payload so that {@link readTyped} gives back what equals it; parameters as of {@link plainJson}.
 *
 * @throws UntypedError for whatever JSON would change
 */
export function typedJson(value: unknown, depth: number, prototype: object = PLAIN): TypedJson {
  const writer = new TypedWriter();
  const plain = writer.whole(value, depth, prototype);
  return { json: JSON.stringify(plain), types: writer.types };
}

/** What a text cannot have between its quotes as it is. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** A text as JSON: most have nothing to escape, and are looked through faster than they are copied sign by sign. */
export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Whether JSON holds it as it is. Nearly every payload is such, and is only looked through. */
function isJson(value: unknown, depth: number, prototype: object): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isJsonNumber(value);
    case 'object':
      return value === null || (depth > 0 && isJsonObject(value, depth - 1, prototype));
    default:
      return false;
  }
}

/** JSON has no sign of a zero. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
}

function isJsonObject(value: object, depth: number, prototype: object): boolean {
  const own = Object.getPrototypeOf(value);
  if (own === LIST) return Array.isArray(value) && isJsonList(value, depth);
  if (own !== prototype || 'toJSON' in value) return false;
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    // A getter may answer otherwise the next time.
    if (member !== (value as Record<string, unknown>)[key] || isForbidden(key)) return false;
    if (!isJson(member, depth, PLAIN)) return false;
  }
  return true;
}

/** A hole is `undefined`, which is no JSON. */
function isJsonList(list: readonly unknown[], depth: number): boolean {
  for (let index = 0; index < list.length; index += 1)
    if (!isJson(list[index], depth, PLAIN)) return false;
  return Object.keys(list).length === list.length;
}

/** Writes the rest: makes plain data, and notes what it was. */
class TypedWriter {
  readonly #types: Record<string, string> = {};
  readonly #path: (string | number)[] = [];

  get types(): string | undefined {
    return Object.keys(this.#types).length === 0 ? undefined : JSON.stringify(this.#types);
  }

  /** The payload as a whole may be an instance of its class, which may say itself how it is written. */
  whole(value: unknown, depth: number, prototype: object): unknown {
    const isInstance =
      prototype !== PLAIN &&
      typeof value === 'object' &&
      value !== null &&
      Object.getPrototypeOf(value) === prototype;
    if (!isInstance) return value === undefined ? undefined : this.#write(value, depth);
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON !== 'function') return this.#object(value, depth - 1);
    const written: unknown = toJSON.call(value, '');
    return written === value
      ? this.#refuse('a toJSON that returns its own object')
      : this.#write(written, depth);
  }

  #write(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return isJsonNumber(value)
          ? value
          : this.#refuse(`the number ${Object.is(value, -0) ? '-0' : value}`);
      case 'undefined':
        return this.#typed(UNDEFINED, value, depth);
      case 'bigint':
        return this.#typed(BIG_INTEGER, value, depth);
      case 'object':
        return value === null ? null : this.#reference(value, depth);
      default:
        return this.#refuse(`a ${typeof value}`);
    }
  }

  #reference(value: object, depth: number): unknown {
    if (depth === 0) this.#refuse('too many levels, or a circle');
    const prototype = Object.getPrototypeOf(value);
    if (Array.isArray(value) && isOf(prototype, LIST, 'Array')) return this.#list(value, depth - 1);
    if (isOf(prototype, PLAIN, 'Object')) return this.#object(value, depth - 1);
    const type = typeOfObject(value);
    return type === undefined ? this.#refuse(instanceText(value)) : this.#typed(type, value, depth);
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const members = Array.from({ length: list.length }, (_, index) =>
      this.#member(list, index, depth),
    );
    // Places come first, in order.
    const [extra] = Object.keys(list).slice(list.length);
    if (extra !== undefined) this.#refuse(`a list that has the property "${extra}"`);
    return members;
  }

  #object(value: object, depth: number): Record<string, unknown> {
    if (Object.getOwnPropertySymbols(value).length > 0)
      this.#refuse('a property that is named by a symbol');
    const plain: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (isForbidden(key)) this.#refuse(`the key "${key}"`);
      plain[key] = this.#member(value, key, depth);
    }
    return plain;
  }

  #member(owner: object, key: string | number, depth: number): unknown {
    this.#path.push(key);
    if (!Object.hasOwn(owner, key)) this.#refuse('a hole in a list');
    const member: unknown = Reflect.get(owner, key);
    if (!Object.is(member, Reflect.get(owner, key)))
      this.#refuse('a getter that answers otherwise each time');
    const written = this.#write(member, depth);
    this.#path.pop();
    return written;
  }

  #typed(type: ValueType, value: unknown, depth: number): unknown {
    this.#types[pointerOf(this.#path)] = type.name;
    if (type.isClosed && Object.keys(value as object).length > 0)
      this.#refuse(`${instanceText(value as object)} with properties of its own`);
    let written: unknown;
    try {
      written = type.write(value);
    } catch (cause) {
      // What only looks like one throws a TypeError.
      const isBroken = cause instanceof Error && !(cause instanceof TypeError);
      this.#refuse(isBroken ? cause.message : instanceText(value as object), cause);
    }
    if (typeof written !== 'object' || written === null) return written;
    return Array.isArray(written)
      ? this.#list(written, depth - 1)
      : this.#object(written, depth - 1);
  }

  #refuse(fault: string, cause?: unknown): never {
    throw new UntypedError(fault, this.#path, cause);
  }
}

/** Whether it is the prototype of a plain object or list, of this realm or another. */
function isOf(prototype: object | null, own: object, name: string): boolean {
  return prototype === own || (prototype !== null && nativeClass(prototype) === name);
}

function instanceText(value: object): string {
  const type: unknown = Reflect.get(value, 'constructor');
  const name = typeof type === 'function' ? type.name : '';
  return name === '' ? 'an instance of a class' : `an instance of ${name}`;
}

/** `lines[0].price`. */
function shownPath(path: readonly (string | number)[]): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
  return text.length > LONGEST_PATH ? `${text.slice(0, LONGEST_PATH)}…` : text;
}

function pointerOf(path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Gives values back their types.
 *
 * @param data what the JSON had; it becomes part of what is returned
 * @throws Error for types that do not fit the data
 */
export function readTyped(data: unknown, types: string): unknown {
  const named: unknown = JSON.parse(types);
  if (typeof named !== 'object' || named === null || Array.isArray(named))
    throw new Error('it is not an object');
  const holder: Holder = { '': data };
  // What is within another one is read before it.
  const places = Object.entries(named)
    .map(([pointer, name]) => ({ path: pathOf(pointer), pointer, name }))
    .sort((one, other) => other.path.length - one.path.length);
  for (const { path, pointer, name } of places) {
    const type = typeNamed(name);
    if (type === undefined) throw new Error(`the type ${JSON.stringify(name)} is unknown`);
    try {
      retype(holder, path, type);
    } catch (cause) {
      throw new Error(`"${pointer}" is not of the type ${type.name}`, { cause });
    }
  }
  return holder[''];
}

type Holder = Record<string, unknown>;

/** The first is empty, because a pointer begins with a slash. */
function pathOf(pointer: string): string[] {
  return pointer.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function retype(holder: Holder, path: readonly string[], type: ValueType): void {
  const key = path.at(-1) as string;
  let owner: unknown = holder;
  for (const step of path.slice(0, -1)) owner = hasPlace(owner, step) ? owner[step] : undefined;
  // Where nothing was, an object has no such key.
  const isLeftOut = type === UNDEFINED && isPlain(owner) && !isForbidden(key);
  if (!(hasPlace(owner, key) || isLeftOut)) throw new Error('it has no such place');
  (owner as Holder)[key] = type.read((owner as Holder)[key]);
}

function hasPlace(owner: unknown, key: string): owner is Holder {
  return (
    (Array.isArray(owner) ? key !== 'length' : isPlain(owner)) &&
    Object.hasOwn(owner as object, key)
  );
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === PLAIN;
}
