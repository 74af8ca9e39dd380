/** What belongs to an object and cannot be seen in it: as by a `WeakMap`, and far cheaper for many objects that soon go. */

/** Gives back the object that is to have the field. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that a subclass puts its private field there
    return object;
  }
}

/**
 * A field of any object, by its name for whoever has this. It goes with the object. The collector visits every entry of a `WeakMap` again and
 * again, however soon its object goes, which can cost more than a whole request; a private field costs it nothing.
 */
export interface HiddenField<T> {
  /** What the object has, if anything was set. */
  of(object: object): T | undefined;
  set(object: object, value: T): void;
}

/** A field for objects of all classes, also frozen ones and proxies: those have it themselves, not what they stand for. */
export function hiddenField<T>(): HiddenField<T> {
  // Later engines refuse to add a private field to what takes no more fields.
  let closed: WeakMap<object, T> | undefined;

  class Field extends Given {
    // biome-ignore lint/style/useReadonlyClassProperties: set from outside, by the static method
    #value: T;

    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }

    static of(object: object): T | undefined {
      return #value in object ? object.#value : closed?.get(object);
    }

    static set(object: object, value: T): void {
      if (#value in object) object.#value = value;
      // biome-ignore lint/correctness/noUnusedInstantiation: the object is what is constructed
      else if (Object.isExtensible(object)) new Field(object, value);
      else {
        closed ??= new WeakMap();
        closed.set(object, value);
      }
    }
  }
  return Field;
}
