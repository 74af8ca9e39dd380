/** How the payload of an event class is made from data and made into data; what checks it is plugged in here. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventClass } from '../../decorators/event-key.js';
import { eventTypeOf } from '../../decorators/event-type.js';
import { nativeBase, nativeClass } from './value-types.js';

/** Rebuilds payloads that come from outside, and prepares those that leave. */
export interface PayloadReader {
  /**
   * Told of each class before its first message.
   *
   * @throws CarillonError `CAR7020` when it cannot do for the class what the class asks
   */
  check(type: EventClass): void;
  /** An instance of the class from plain data; throws, or rejects, for data that is not valid. */
  read(type: EventClass, data: unknown): unknown;
  /** Plain data from an instance; throws, or rejects, for a payload that is not valid. */
  write(type: EventClass, payload: unknown): unknown;
}

/**
 * Copies properties, and checks nothing but that none hides what the class has: what is used where no other reader is given. Private fields
 * (`#name`) and what the platform's classes keep to themselves it cannot copy.
 */
export const plainReader: PayloadReader = {
  check(type) {
    const base = nativeBase(type.prototype);
    if (base !== undefined && base !== 'Object') {
      throw new CarillonError(
        'CAR7020',
        `${type.name} is a class of ${base}, which keeps more than its properties; nothing here can copy that. Give a reader that writes and rebuilds it, or hold the ${base} in a property.`,
      );
    }
    if (eventTypeOf(type)?.unknown === undefined) return;
    throw new CarillonError(
      'CAR7020',
      `${type.name} asks for what is unknown to be dropped or refused, but nothing here knows its properties. Give a reader such as classValidator().`,
    );
  },
  read(type, data) {
    if (!isPlainObject(data)) throw new Error('the data is not an object');
    for (const key of Object.keys(data)) {
      if (key in type.prototype)
        throw new Error(`the property "${key}" would hide what the class has under that name`);
    }
    return Object.assign(Object.create(type.prototype), data);
  },
  write: (_type, payload) => payload,
};

/** Whether it is what JSON has as an object. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype || prototype === null || nativeClass(prototype) === 'Object'
  );
}
