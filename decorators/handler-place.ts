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
    throw noMethod(`@${verb} on ${(target as { name?: string }).name}`, 'a class');
  const isStatic = typeof target === 'function';
  const owner = isStatic ? target : target.constructor;
  const text = `@${verb} on ${owner.name || '(anonymous class)'}.${String(method)}`;
  if (isStatic) throw staticMethod(text);
  if (typeof (descriptor as PropertyDescriptor | undefined)?.value !== 'function')
    throw noMethod(text, 'a field or accessor');
  return { method, holder: target, text, onInstance: undefined };
}

function standardPlace(verb: string, holder: object, context: StandardContext): HandlerPlace {
  const { name: method } = context;
  const text = `@${verb} on ${String(method)}`;
  if (context.static === true) throw staticMethod(text);
  if (context.kind !== 'method')
    throw noMethod(text, context.kind === 'accessor' ? 'an accessor' : `a ${context.kind}`);
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

/**
 * A decorator without its parentheses is itself called with what is decorated: nothing would be declared, and its answer would stand in the
 * place of the method or the class.
 *
 * @param first what the decorator was given as its event or its options
 * @param second what it was given behind that
 * @throws CarillonError `CAR1010`
 */
export function refuseBare(decorator: string, first: unknown, second?: unknown): void {
  const place = barePlace(first, second);
  if (place !== undefined) throw bareError(decorator, place);
}

/** The same for a decorator of classes, which takes options. */
export function refuseBareClass(decorator: string, options: unknown): void {
  if (typeof options === 'function')
    throw bareError(decorator, options.name || '(anonymous class)');
}

function bareError(decorator: string, place: string): CarillonError {
  return new CarillonError(
    'CAR1010',
    `@${decorator} on ${place} has no parentheses, so it declares nothing. Write @${decorator}(…).`,
  );
}

/** Where it was written; `undefined` for the arguments of a call. */
function barePlace(first: unknown, second: unknown): string | undefined {
  if (typeof second === 'string' || typeof second === 'symbol') {
    const owner = typeof first === 'function' ? first : (first as object | undefined)?.constructor;
    return `${owner?.name || '(anonymous class)'}.${String(second)}`;
  }
  if (!isContext(second)) return undefined;
  return String(second.name ?? '(anonymous class)');
}

function isContext(value: unknown): value is StandardContext {
  const { kind, addInitializer } = (value ?? {}) as Partial<StandardContext>;
  return typeof kind === 'string' && typeof addInitializer === 'function';
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
    `${text} decorates ${kind}, not a method. Write a method, name(event) { … }, and decorate that; a function in a field is not a method.`,
  );
}
