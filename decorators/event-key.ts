/** What a handler may name as its event: a class, a typed token or a topic, and what payload each of them carries. */
import { CarillonError } from './carillon-error.js';
import { checkOptions, shownOption } from './check-options.js';
import { type EmitPolicy, NO_POLICY, POLICY_SHAPE } from './emit-policy.js';
import { isPattern, topicFault } from './topic-name.js';

/** Any class can be an event; its instances are the payload. */
export type EventClass<T extends object = object> = abstract new (...args: never[]) => T;

/**
 * The payload types of topic strings. Empty here; an application adds its own by declaration merging.
 *
 * @example
 * declare module 'carillon' {
 *   interface EventMap { 'order.placed': OrderPlaced }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface EventMap {}

/** A named event whose payload type travels with it; made by {@link defineEvent}. */
export class EventToken<T = unknown> {
  /** Tells a token from all else, also in another copy of the package. */
  readonly isEventToken = true;
  /** Carries the payload's type only; it has no value. */
  declare readonly payload?: T;
  /** What errors and reports show, and its name where it travels. */
  readonly name: string;
  /** @internal */
  readonly policy: EmitPolicy;

  // biome-ignore lint/style/useUnifiedTypeSignatures: the second one is not published
  constructor(name: string);
  /** @internal */
  constructor(name: string, policy?: EmitPolicy);
  constructor(name: string, policy: EmitPolicy = NO_POLICY) {
    this.name = name;
    this.policy = policy;
  }
}

/** Whether the value is a token: also one of another copy of the package, of which there may be several in one program. */
export function isEventToken(value: unknown): value is EventToken {
  return (value as { readonly isEventToken?: unknown } | null | undefined)?.isEventToken === true;
}

/** What is no event on its own: a token, a class, a function, a promise, and data of any program. */
type NoEvent =
  | EventToken
  | EventClass
  | ((...args: never[]) => unknown)
  | PromiseLike<unknown>
  | readonly unknown[]
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>;

/**
 * What may be sent on its own: an instance of an event class. A plain object is refused when it is sent; its type tells only a record with
 * any key from an instance.
 */
export type EventInstance<E extends object> = E extends NoEvent
  ? never
  : string extends keyof E
    ? never
    : E;

/** A class, a token, or a topic such as `'order.placed'`. */
export type EventKey = EventClass | EventToken | string;

/** One event, or a list of them. */
export type EventKeys = EventKey | readonly [EventKey, ...EventKey[]];

type Segments<S extends string> = S extends `${infer Head}.${infer Rest}`
  ? [Head, ...Segments<Rest>]
  : [S];

type Matches<
  Pattern extends readonly string[],
  Topic extends readonly string[],
> = Pattern extends readonly ['**', ...infer Rest extends string[]]
  ? Matches<Rest, Topic> extends true
    ? true
    : Topic extends readonly [string, ...infer Left extends string[]]
      ? Matches<Pattern, Left>
      : false
  : Pattern extends readonly [infer Head extends string, ...infer Rest extends string[]]
    ? Topic extends readonly [infer First extends string, ...infer Left extends string[]]
      ? Head extends '*' | First
        ? Matches<Rest, Left>
        : false
      : false
    : Topic extends readonly []
      ? true
      : false;

type MatchingTopic<Pattern extends string> = {
  [Topic in keyof EventMap & string]: Matches<Segments<Pattern>, Segments<Topic>> extends true
    ? Topic
    : never;
}[keyof EventMap & string];

type TopicPayload<Topic extends string> = Topic extends keyof EventMap
  ? EventMap[Topic]
  : [MatchingTopic<Topic>] extends [never]
    ? unknown
    : EventMap[MatchingTopic<Topic>];

/**
 * What a handler of the event receives: the class's instance, the token's payload, what {@link EventMap} says of the topic,
 * for a pattern the union over the topics that match it, `unknown` for a topic that the map does not name, and for a list the union
 * over its events.
 */
export type PayloadOf<K extends EventKeys> = K extends readonly EventKey[]
  ? SinglePayload<K[number]>
  : SinglePayload<K>;

type SinglePayload<K> =
  K extends EventClass<infer T>
    ? T
    : K extends EventToken<infer T>
      ? T
      : K extends string
        ? TopicPayload<K>
        : never;

/** What an error shows of a value that is no event; also for one that has no text of its own. */
export function shownValue(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : value.name;
  return typeof value === 'object' && value !== null
    ? Object.prototype.toString.call(value)
    : String(value);
}

/** The name that errors and reports show for an event. */
export function eventName(key: EventKey): string {
  if (typeof key === 'string') return key;
  return key.name === '' ? '(anonymous class)' : key.name;
}

/**
 * Makes a typed token. Two tokens are two events, even when they share a name: identity is the token itself.
 *
 * The type argument is the payload's type; without one the event has no payload.
 *
 * @param name what errors and reports show
 * @param policy how it is emitted: bubbling, sticky, and what becomes of an emit inside of itself
 * @throws CarillonError `CAR1005` when the name is empty or has a wildcard, `CAR1007` for a policy that is wrong
 * @example
 * const Tick = defineEvent<{ dt: number }>('tick');
 * const Opened = defineEvent('opened');
 * emitter.emit(Tick, { dt: 16 });
 * emitter.emit(Opened);
 */
export function defineEvent<T = void>(name: string, policy?: EmitPolicy): EventToken<T> {
  const fault = typeof name !== 'string' ? 'it is not a string' : topicFault(name);
  if (fault !== undefined || isPattern(name)) {
    throw new CarillonError(
      'CAR1005',
      `defineEvent(${shownOption(name)}) has no usable name: ${fault ?? 'it has a wildcard'}. Give the event a name such as 'order.placed'.`,
    );
  }
  if (policy !== undefined)
    checkOptions('CAR1007', `defineEvent(${shownOption(name)})`, POLICY_SHAPE, policy);
  return new EventToken<T>(name, policy);
}
