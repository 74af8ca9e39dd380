/** The values that JSON does not have and that travel all the same: how each is written as JSON, and read back. */
import { fromBase64, toBase64 } from './base64.js';

/** One kind of them. */
export interface ValueType {
  /** What the message calls it. */
  readonly name: string;
  /** Whether properties of its own would be lost. */
  readonly isClosed: boolean;
  /** As JSON, or as a list whose members are written in turn; throws for one that is broken. */
  write(value: unknown): unknown;
  /** Throws for what is none. */
  read(json: unknown): unknown;
}

interface BufferClass {
  readonly prototype: object;
  from(bytes: ArrayBuffer): Uint8Array;
}

interface UrlClass {
  readonly prototype: object;
  new (text: string): { readonly href: string };
}

const platform = globalThis as unknown as {
  readonly Buffer?: BufferClass;
  readonly URL?: UrlClass;
};

/** What is longer takes long to read. */
const BIGINT_DIGITS = 10_000;

const BIGINT = /^-?\d+$/;

/** Where nothing is. In an object it is left out of the JSON, in a list it is null. */
export const UNDEFINED: ValueType = {
  name: 'undefined',
  isClosed: false,
  write: () => undefined,
  read: (json) => (json === null || json === undefined ? undefined : refuse('is not null')),
};

export const BIG_INTEGER: ValueType = {
  name: 'bigint',
  isClosed: false,
  write: (value) => digits(String(value)),
  read: (json) =>
    typeof json === 'string' && BIGINT.test(json) ? BigInt(digits(json)) : refuse('has no digits'),
};

const DATE: ValueType = {
  name: 'date',
  isClosed: true,
  write: (value) => {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? refuse('an invalid Date') : new Date(time).toISOString();
  },
  read: (json) => {
    const date = new Date(textOf(json));
    return Number.isNaN(date.getTime()) ? refuse('is not a time') : date;
  },
};

/** As a list of pairs, because a key may be anything. */
const MAP: ValueType = {
  name: 'map',
  isClosed: true,
  write: (value) => [...Map.prototype.entries.call(value)],
  read: (json) => {
    const pairs = listOf(json);
    if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) refuse('has no pairs');
    return new Map(pairs as [unknown, unknown][]);
  },
};

const SET: ValueType = {
  name: 'set',
  isClosed: true,
  write: (value) => [...Set.prototype.values.call(value)],
  read: (json) => new Set(listOf(json)),
};

const BYTES: ValueType = {
  name: 'bytes',
  isClosed: false,
  write: (value) => toBase64(value as Uint8Array),
  read: bytesOf,
};

const BUFFER: ValueType = {
  name: 'buffer',
  isClosed: false,
  write: (value) => toBase64(value as Uint8Array),
  read: (json) => {
    const bytes = bytesOf(json);
    return platform.Buffer === undefined ? bytes : platform.Buffer.from(bytes.buffer);
  },
};

const ARRAY_BUFFER: ValueType = {
  name: 'arraybuffer',
  isClosed: true,
  write: (value) => toBase64(new Uint8Array(value as ArrayBuffer)),
  read: (json) => bytesOf(json).buffer,
};

const ADDRESS: ValueType = {
  name: 'url',
  isClosed: true,
  write: (value) => (value as { readonly href: string }).href,
  read: (json) =>
    platform.URL === undefined ? refuse('is unknown here') : new platform.URL(textOf(json)),
};

/** An object without a prototype, such as `Object.groupBy()` gives. */
const DICTIONARY: ValueType = {
  name: 'dictionary',
  isClosed: false,
  write: (value) => value,
  read: (json) =>
    typeof json === 'object' && json !== null && !Array.isArray(json)
      ? Object.assign(Object.create(null), json)
      : refuse('is not an object'),
};

const NAMED = /* @__PURE__ */ (() =>
  new Map(
    [UNDEFINED, BIG_INTEGER, DATE, MAP, SET, BYTES, BUFFER, ARRAY_BUFFER, ADDRESS, DICTIONARY].map(
      (type) => [type.name, type],
    ),
  ))();

/** The exact prototypes: a subclass is a class of its own. */
const BY_PROTOTYPE = /* @__PURE__ */ (() =>
  new Map<object | null | undefined, ValueType>([
    [Date.prototype, DATE],
    [Map.prototype, MAP],
    [Set.prototype, SET],
    [Uint8Array.prototype, BYTES],
    [platform.Buffer?.prototype, BUFFER],
    [ArrayBuffer.prototype, ARRAY_BUFFER],
    [platform.URL?.prototype, ADDRESS],
    [null, DICTIONARY],
  ]))();

/** Those that another realm (a vm context, an iframe) has classes of its own for. */
const BY_CLASS = /* @__PURE__ */ (() =>
  new Map<unknown, ValueType>([
    ['Date', DATE],
    ['Map', MAP],
    ['Set', SET],
    ['Uint8Array', BYTES],
    ['ArrayBuffer', ARRAY_BUFFER],
  ]))();

/** The type that a message names. */
export function typeNamed(name: unknown): ValueType | undefined {
  return NAMED.get(name as string);
}

/** The type of an object; `undefined` for a plain one, a list, and whatever cannot travel. */
export function typeOfObject(value: object): ValueType | undefined {
  const prototype = Object.getPrototypeOf(value);
  return BY_PROTOTYPE.get(prototype) ?? BY_CLASS.get(nativeClass(prototype));
}

/** What the platform calls the class of which this is the prototype, in whichever realm; `undefined` for the program's classes. */
export function nativeClass(prototype: object): string | undefined {
  const type: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof type !== 'function' || type.prototype !== prototype) return undefined;
  const { name } = type;
  return Function.prototype.toString.call(type) === `function ${name}() { [native code] }`
    ? name
    : undefined;
}

/** What the platform calls the class nearest to the prototype that is its own; `undefined` where there is none. */
export function nativeBase(prototype: object | null): string | undefined {
  for (let step = prototype; step !== null; step = Object.getPrototypeOf(step)) {
    const name = nativeClass(step);
    if (name !== undefined) return name;
  }
  return undefined;
}

function refuse(fault: string): never {
  throw new Error(fault);
}

function digits(text: string): string {
  return text.length > BIGINT_DIGITS ? refuse(`a bigint of ${text.length} digits`) : text;
}

function textOf(json: unknown): string {
  return typeof json === 'string' ? json : refuse('is not text');
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : refuse('is not a list');
}

/** Those of the whole payload have been read already. */
function bytesOf(json: unknown): Uint8Array<ArrayBuffer> {
  return json instanceof Uint8Array
    ? (json as Uint8Array<ArrayBuffer>)
    : (fromBase64(textOf(json)) as Uint8Array<ArrayBuffer>);
}
