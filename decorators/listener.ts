/** What a class with handlers may say of itself. */
import { CarillonError } from './carillon-error.js';
import { checkOptions, type OptionShape, oneOf } from './check-options.js';
import { ownDeclarations } from './declaration.js';
import { shownValue } from './event-key.js';
import { refuseBareClass } from './handler-place.js';
import type { Verb } from './verb-options.js';

/** How a class with handlers lives. */
export interface ListenerOptions {
  /**
   * `'instance'`: whatever the container builds hears. `'event'`: the class is never built ahead; each event opens a scope of its own,
   * builds the class and what it needs there, and ends the scope when the handler has settled. Default `'instance'`.
   */
  readonly activation?: 'instance' | 'event';
}

const LISTENER_SHAPE: OptionShape<ListenerOptions> = /* @__PURE__ */ (() => ({
  activation: oneOf('instance', 'event'),
}))();

/** What a standard decorator is told of a class. */
export interface ListenedClass {
  /** As in `ClassDecoratorContext`. */
  readonly kind: 'class';
}

/** A decorator for a class. Works as a legacy and as a standard decorator. */
export type ListenerDecorator = (
  target: abstract new (...args: never[]) => object,
  context?: ListenedClass,
) => void;

/** `Symbol.for`, as the declarations of handlers. */
const LISTENER = Symbol.for('carillon.listener');

/**
 * Says how a class with handlers lives; subclasses inherit it.
 *
 * @param options `activation`: `'instance'` by default, or `'event'` for an instance of its own for each event
 * @throws CarillonError `CAR2007` for options that are wrong, for something that is not a class, and for a class that is activated per event and has
 * `@Once` or `@Every`
 * @example
 * @Listener({ activation: 'event' })
 * class Billing {
 *   constructor(private readonly work: UnitOfWork) {}
 *   @Deferred(OrderPlaced)
 *   async bill(order: OrderPlaced) { … }
 * }
 */
export function Listener(options: ListenerOptions = {}): ListenerDecorator {
  refuseBareClass('Listener', options);
  return (target) => {
    if (typeof target !== 'function')
      throw listenerError('', `decorates ${shownValue(target)}, not a class. Decorate a class.`);
    checkOptions('CAR2007', `@Listener on ${target.name}`, LISTENER_SHAPE, options);
    const { activation = 'instance' } = options;
    Object.defineProperty(target, LISTENER, { value: activation });
    if (activation === 'event')
      for (const { verb, method } of ownDeclarations(target.prototype))
        checkActivated(target.name, verb, method);
  };
}

/** Whether the class is built for each event. */
export function isActivated(listener: object | undefined): boolean {
  return (listener as { readonly [LISTENER]?: unknown } | undefined)?.[LISTENER] === 'event';
}

/** @throws CarillonError `CAR2007` for a handler that needs an instance which stays */
export function checkActivated(className: string, verb: Verb, method: string | symbol): void {
  if (verb !== 'Once' && verb !== 'Every') return;
  throw listenerError(
    ` on ${className}`,
    `is activated per event, but ${String(method)} is @${verb}, which needs an instance that stays. Move it to a class of its own.`,
  );
}

function listenerError(place: string, fault: string): CarillonError {
  return new CarillonError('CAR2007', `@Listener${place} ${fault}`);
}
