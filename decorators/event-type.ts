/** What an event class says of itself for the way through other processes: its name, its version, how older ones are read. */
import {
  isOptions,
  kind,
  needed,
  type OptionShape,
  oneOf,
  optionsFault,
  refuseFault,
  whole,
} from './check-options.js';
import { type EmitPolicy, POLICY_SHAPE, setPolicy } from './emit-policy.js';
import type { EventClass } from './event-key.js';
import { refuseBareClass } from './handler-place.js';
import { topicName } from './topic-name.js';

/** Makes the data of a newer version from that of an older one. Gets and gives plain data, before the class is built. */
export type Upcast = (data: unknown, version: number) => unknown;

/** How an event class travels, and how it is emitted. */
export interface EventTypeOptions extends EmitPolicy {
  /** What travels instead of the class: a topic without wildcards, the same in every process. */
  readonly name: string;
  /** The version of its data that this program writes; a whole number from 1 on. Default 1. */
  readonly version?: number;
  /**
   * How data of an older version is read: one function from any of them to the present one, or a table of steps, each from its version
   * to the next. Default none: a message of another version is refused.
   */
  readonly upcast?: Upcast | Readonly<Record<number, Upcast>>;
  /**
   * What becomes of properties that the class does not have: `'drop'` leaves them out, `'refuse'` refuses the message. Needs a reader
   * that knows the class's properties, such as `classValidator()`, which drops by default.
   */
  readonly unknown?: 'drop' | 'refuse';
  /** The JSON Schema of its data, for `describe()` and AsyncAPI; nothing is checked against it. Default none. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** What {@link EventType} wrote on a class. */
export interface EventTypeInfo {
  readonly name: string;
  readonly version: number;
  readonly upcast: EventTypeOptions['upcast'];
  readonly unknown: EventTypeOptions['unknown'];
  readonly schema: EventTypeOptions['schema'];
}

/** `Symbol.for`, so that two copies of the package in one program read each other's classes. */
const INFO = Symbol.for('carillon.event-type');
const SUBTYPES = Symbol.for('carillon.event-subtypes');
const WATCHERS = Symbol.for('carillon.event-subtype-watchers');

/**
 * Names an event class for the way through a remote bus or a durable queue. The name is what travels, so that the class can be renamed.
 *
 * Works as a legacy and as a standard decorator.
 *
 * @param options its `name`, which is needed; its `version`, how older ones are read, and how it is emitted
 * @throws CarillonError `CAR5030` for a name that is no topic, a version that is none, or steps that are missing
 * @example
 * @EventType({ name: 'order.placed', version: 2, upcast: { 1: (data) => ({ ...(data as object), currency: 'EUR' }) } })
 * class OrderPlaced { … }
 */
export function EventType(
  options: EventTypeOptions,
): (target: EventClass, context?: unknown) => void {
  refuseBareClass('EventType', options);
  return (target) => {
    const fault =
      optionsFault(EVENT_TYPE, options) ??
      stepFault(options) ??
      (Object.hasOwn(target, INFO) ? 'is there twice: keep one.' : undefined);
    refuseFault('CAR5030', `@EventType on ${target.name}`, fault);
    const { name, version = 1, upcast, unknown, schema, ...policy } = options;
    Object.defineProperty(target, INFO, {
      value: { name, version, upcast, unknown, schema } satisfies EventTypeInfo,
    });
    if (Object.keys(policy).length > 0) setPolicy(target, policy);
    tellBases(target);
  };
}

/** What the class's own decorator says; a subclass does not inherit it. */
export function eventTypeOf(target: EventClass): EventTypeInfo | undefined {
  return Object.hasOwn(target, INFO) ? Reflect.get(target, INFO) : undefined;
}

/** The named classes below the class that have been imported. */
export function subtypesOf(target: EventClass): readonly EventClass[] {
  return Object.hasOwn(target, SUBTYPES) ? Reflect.get(target, SUBTYPES) : [];
}

/** Calls back for each class below the class that is named from now on, until the returned function is called. */
export function watchSubtypes(
  target: EventClass,
  named: (subtype: EventClass) => void,
): () => void {
  const watchers = watchersOf(target) ?? new Set();
  watchers.add(named);
  Object.defineProperty(target, WATCHERS, { value: watchers, configurable: true });
  return () => void watchers.delete(named);
}

function watchersOf(target: EventClass): Set<(subtype: EventClass) => void> | undefined {
  return Object.hasOwn(target, WATCHERS) ? Reflect.get(target, WATCHERS) : undefined;
}

/** A handler of a base class hears its subclasses, which travel under names of their own. */
function tellBases(target: EventClass): void {
  for (
    let base = Object.getPrototypeOf(target);
    base !== Function.prototype && base !== null;
    base = Object.getPrototypeOf(base)
  ) {
    Object.defineProperty(base, SUBTYPES, {
      value: [...subtypesOf(base), target],
      configurable: true,
    });
    for (const named of watchersOf(base) ?? []) named(target);
  }
}

const EVENT_TYPE: OptionShape<EventTypeOptions> = /* @__PURE__ */ (() => ({
  ...POLICY_SHAPE,
  name: needed(topicName()),
  version: whole({ least: 1 }),
  upcast: kind(isUpcast, 'a function, or an object with one for each version'),
  unknown: oneOf('drop', 'refuse'),
  schema: kind(isOptions, 'a JSON Schema: an object'),
}))();

function isUpcast(value: unknown): boolean {
  return typeof value === 'function' || isOptions(value);
}

function stepFault({ version = 1, upcast }: EventTypeOptions): string | undefined {
  if (upcast === undefined || typeof upcast === 'function') return undefined;
  const oldest = Math.min(version, ...Object.keys(upcast).map(Number));
  for (let step = oldest; step < version; step += 1) {
    if (typeof upcast[step] !== 'function')
      return `has no upcast from version ${step} to ${step + 1}. Add the step.`;
  }
  return Number.isInteger(oldest)
    ? undefined
    : 'has an upcast from a version that is not a number.';
}
