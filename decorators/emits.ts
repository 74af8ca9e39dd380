/** What a method says of the events that it sends: for the topology, the graph and the documents made of it. */
import { CarillonError } from './carillon-error.js';
import { checkOptions, type OptionShape, oneOf } from './check-options.js';
import { checkEvents } from './declaration.js';
import { type DeclarationPlace, declaredAt } from './declared-at.js';
import { type EventKey, type EventKeys, eventName } from './event-key.js';
import { placeOf, refuseBare } from './handler-place.js';
import type { InstanceMethod, InstanceSide } from './handlers.js';
import { isPattern } from './topic-name.js';

/** How a method sends its events. */
export interface EmitsOptions {
  /** Whether it emits, publishes or defers them. Default `'emit'`. */
  readonly by?: 'emit' | 'publish' | 'defer';
}

/** One event that a method declares to send. */
export interface EmitsDeclaration {
  readonly event: EventKey;
  readonly method: string | symbol;
  readonly by: NonNullable<EmitsOptions['by']>;
  readonly declaredAt: DeclarationPlace | undefined;
}

/** A decorator for any method of the instances. Works as a legacy and as a standard decorator. */
export interface EmitsDecorator {
  /** With `experimentalDecorators`. */
  <Method extends (...args: never[]) => unknown>(
    target: InstanceSide,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void;
  // The empty rest keeps this form out of the errors of the other, as for the handlers.
  /** Without. */
  (method: (...args: never[]) => unknown, context: InstanceMethod, ...rest: []): void;
}

const SHAPE: OptionShape<EmitsOptions> = /* @__PURE__ */ (() => ({
  by: oneOf('emit', 'publish', 'defer'),
}))();

/** `Symbol.for`, as the declarations of handlers. */
const EMITS = Symbol.for('carillon.emits');

/**
 * Says which events a method sends. It changes nothing at run time: `describe()`, the command line and AsyncAPI read it.
 *
 * @param events a class, a token, a topic without wildcards, or a list of them
 * @param options how they are sent; by default they are emitted
 * @throws CarillonError `CAR1001` … `CAR1010` as the decorators of handlers do
 * @example
 * @Emits(OrderPlaced, { by: 'publish' })
 * async place(order: Order) { await this.events.publish(new OrderPlaced(order.id)); }
 */
export function Emits(events: EventKeys, options: EmitsOptions = {}): EmitsDecorator {
  refuseBare('Emits', events, options);
  const where = declaredAt('Emits');
  return (target: unknown, key: unknown, descriptor?: unknown): void => {
    const { method, holder, text } = placeOf('Emits', target, key, descriptor);
    const list: readonly EventKey[] = Array.isArray(events) ? events : [events as EventKey];
    checkEvents('Emits', text, list);
    for (const event of list) refusePattern(text, event);
    checkOptions('CAR1007', text, SHAPE, options);
    const { by = 'emit' } = options;
    const added = list.map((event): EmitsDeclaration => ({ event, method, by, declaredAt: where }));
    Object.defineProperty(holder, EMITS, {
      value: [...emitsOn(holder), ...added],
      configurable: true,
    });
  };
}

/** What the class of the prototype declares to send, its bases included, each event and way once. */
export function declaredEmits(prototype: object): readonly EmitsDeclaration[] {
  const found: EmitsDeclaration[] = [];
  for (let step: object | null = prototype; step !== null; step = Object.getPrototypeOf(step)) {
    for (const declaration of ownEmits(step)) {
      if (!found.some((other) => isSame(other, declaration))) found.push(declaration);
    }
  }
  return found;
}

/** As with handlers: what stands on a method's function counts while the function is still the method. */
function ownEmits(prototype: object): readonly EmitsDeclaration[] {
  const found = [...emitsOn(prototype)];
  for (const key of Reflect.ownKeys(prototype)) {
    const method = Object.getOwnPropertyDescriptor(prototype, key)?.value;
    if (typeof method === 'function')
      found.push(...emitsOn(method).filter((declaration) => declaration.method === key));
  }
  return found;
}

function emitsOn(holder: object): readonly EmitsDeclaration[] {
  return Object.hasOwn(holder, EMITS) ? Reflect.get(holder, EMITS) : [];
}

function isSame(a: EmitsDeclaration, b: EmitsDeclaration): boolean {
  return a.event === b.event && a.method === b.method && a.by === b.by;
}

function refusePattern(place: string, event: EventKey): void {
  if (typeof event !== 'string' || !isPattern(event)) return;
  throw new CarillonError(
    'CAR1005',
    `${place} has the pattern ${JSON.stringify(eventName(event))}. What is sent has a topic without wildcards: name each one.`,
  );
}
