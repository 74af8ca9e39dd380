/** Copies of payloads for class-transformer, in which symbols stand for the values that it would take apart. */
import { nativeBase, typeOfObject } from '../../events/value-types.js';

/** What stands for a getter that class-transformer could not read back. */
const DERIVED = Symbol('derived');

/** Used for one payload on its way through class-transformer. */
export class HeldValues {
  readonly #values = new Map<unknown, unknown>();
  readonly #holds: boolean;

  /** @param options whether symbols stand for such values, or they are copied as the rest */
  constructor({ holds }: { readonly holds: boolean }) {
    this.#holds = holds;
  }

  /** A copy of what is plain, of instances and of lists. Getters of an instance ask the original, which may have private fields. */
  hide(value: unknown): unknown {
    return this.#copy(value, 0);
  }

  /** Puts the values back; changes what it is given. */
  show(value: unknown): unknown {
    if (this.#values.has(value)) return this.#values.get(value);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Map) for (const [key, member] of value) value.set(key, this.show(member));
    else if (isOpen(value)) this.#showMembers(value as Record<string, unknown>);
    return value;
  }

  #showMembers(owner: Record<string, unknown>): void {
    for (const key of Object.keys(owner)) {
      const member = owner[key];
      const shown = this.show(member);
      if (member === DERIVED) Reflect.deleteProperty(owner, key);
      else if (shown !== member) owner[key] = shown;
    }
  }

  #copy(value: unknown, depth: number): unknown {
    if (value === undefined && this.#holds) return this.#held(value);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return new Date(value);
    if (Array.isArray(value)) return value.map((member) => this.#copy(member, depth + 1));
    if (isOpen(value)) return this.#copyOfInstance(value, depth);
    if (!this.#holds || hasInstances(value)) return this.#copyOfClosed(value, depth);
    return this.#held(new HeldValues({ holds: false }).hide(value));
  }

  #held(value: unknown): symbol {
    const symbol = Symbol('held');
    this.#values.set(symbol, value);
    return symbol;
  }

  #copyOfInstance(original: object, depth: number): object {
    const prototype = Object.getPrototypeOf(original);
    const copy = Object.create(prototype);
    for (const [name, owner] of gettersOf(prototype)) {
      // It looks for getters in the class alone, and would set one of a base class.
      const isDerived = depth > 0 && owner !== prototype;
      Object.defineProperty(copy, name, {
        get: () => (isDerived ? DERIVED : this.#copy(Reflect.get(original, name), depth + 1)),
        configurable: true,
      });
    }
    for (const key of Object.keys(original)) {
      const value = this.#copy(Reflect.get(original, key), depth + 1);
      const isOpenTo = { writable: true, enumerable: true, configurable: true };
      Object.defineProperty(copy, key, { value, ...isOpenTo });
    }
    return copy;
  }

  #copyOfClosed(value: object, depth: number): unknown {
    const copied = (member: unknown) => this.#copy(member, depth + 1);
    if (value instanceof Map)
      return new Map([...value].map(([key, member]) => [copied(key), copied(member)]));
    if (value instanceof Set) return new Set([...value].map(copied));
    if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
    const type = typeOfObject(value);
    return type === undefined ? value : type.read(type.write(value));
  }
}

/** The getters without a setter, each with the prototype that has it. */
function gettersOf(prototype: object | null): Map<string, object> {
  const getters = new Map<string, object>();
  const seen = new Set<string>();
  for (let step = prototype; step !== null && step !== Object.prototype; ) {
    for (const [name, { get, set }] of Object.entries(Object.getOwnPropertyDescriptors(step))) {
      if (get !== undefined && set === undefined && !seen.has(name)) getters.set(name, step);
      seen.add(name);
    }
    step = Object.getPrototypeOf(step);
  }
  return getters;
}

/** Whether class-transformer goes through its properties: lists, plain objects, and instances of the program's classes. */
export function isOpen(value: object): boolean {
  if (Array.isArray(value)) return true;
  const type = typeOfObject(value)?.name;
  if (type !== undefined) return type === 'dictionary';
  return (nativeBase(Object.getPrototypeOf(value)) ?? 'Object') === 'Object';
}

/** Whether a map or set has instances of the program's classes, which class-transformer may know how to rebuild. */
function hasInstances(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Map || value instanceof Set)
    return [...value.entries()].flat().some(hasInstances);
  if (!isOpen(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return true;
  return Object.values(value).some(hasInstances);
}
