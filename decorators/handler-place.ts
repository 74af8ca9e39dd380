/** Where a decorator stands, told from what the compiler hands over: a legacy decorator gets a key, a standard one a context. */
import { CarillonError } from './carillon-error.js';

/** A method that can have a handler's declaration. */
export interface HandlerPlace {
  readonly method: string | symbol;
  /** What the declarations are written on: the prototype; in standard mode, where it is out of reach, the method's function. */
  readonly holder: object;
  /** How errors name it: `@On on Bell.ring`. */
  readonly text: string;
  /** In standard mode: calls back with each instance as it is built. */
  readonly onInstance: ((check: (instance: object) => void) => void) | undefined;
}

/** What of a standard decorator's context is read. */
interface StandardContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static?: boolean;
  readonly private?: boolean;
  addInitializer(initializer: (this: object) => void): void;
}

/** @throws CarillonError `CAR1001`, `CAR1002`, `CAR1003` where no handler can be */
export function placeOf(
  verb: string,
  target: unknown,
  key: unknown,
  descriptor: unknown,
): HandlerPlace {
  return typeof key === 'object' && key !== null
    ? standardPlace(verb, target as object, key as StandardContext)
    : legacyPlace(verb, target as object, key as string | symbol | undefined, descriptor);
}

function legacyPlace(
  verb: string,
  target: object,
  method: string | symbol | undefined,
  descriptor: unknown,
): HandlerPlace {
  if (method === undefined)
    throw noMethod(`@${verb} on ${(target as { name?: string }).name}`, 'class');
  const isStatic = typeof target === 'function';
  const owner = isStatic ? target : target.constructor;
  const text = `@${verb} on ${owner.name || '(anonymous class)'}.${String(method)}`;
  if (isStatic) throw staticMethod(text);
  if (typeof (descriptor as PropertyDescriptor | undefined)?.value !== 'function')
    throw noMethod(text, 'field or accessor');
  return { method, holder: target, text, onInstance: undefined };
}

function standardPlace(verb: string, holder: object, context: StandardContext): HandlerPlace {
  const { name: method } = context;
  const text = `@${verb} on ${String(method)}`;
  if (context.static === true) throw staticMethod(text);
  if (context.kind !== 'method') throw noMethod(text, context.kind);
  if (context.private === true) {
    throw new CarillonError(
      'CAR1003',
      `${text} decorates a private method. Nothing outside the class can call it: drop the #.`,
    );
  }
  const onInstance = (check: (instance: object) => void) =>
    context.addInitializer(function (this: object) {
      check(this);
    });
  return { method, holder, text, onInstance };
}

function staticMethod(text: string): CarillonError {
  return new CarillonError(
    'CAR1001',
    `${text} decorates a static method. Only instances are wired: make it an instance method.`,
  );
}

function noMethod(text: string, kind: string): CarillonError {
  return new CarillonError(
    'CAR1002',
    `${text} decorates what is no method (${kind}). Decorate a method.`,
  );
}
