/** The three ways to name what is sent: an instance, a token with its payload, a topic with its payload. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { LONGEST_NAME } from '../../decorators/check-options.js';
import {
  type EventClass,
  type EventKey,
  EventToken,
  isEventToken,
  shownValue,
} from '../../decorators/event-key.js';
import { isPattern, topicFault } from '../../decorators/topic-name.js';
import { isThenable } from './is-thenable.js';

/** An event on its way: what it is filed under, and what its handlers receive. */
export interface Sent<Options> {
  readonly key: EventKey;
  readonly payload: unknown;
  readonly options: Options | undefined;
}

/**
 * Sorts the arguments of `emit`, `publish` and `defer`.
 *
 * @param verb the method's name, for the error
 * @throws CarillonError `CAR4004` for what is no event
 */
export function readEvent<Options>(
  verb: string,
  event: unknown,
  second: unknown,
  third: unknown,
): Sent<Options> {
  if (typeof event === 'string') {
    checkTopic(verb, event);
    return { key: event, payload: second, options: third as Options | undefined };
  }
  if (event instanceof EventToken || isOtherToken(verb, event, second))
    return { key: event, payload: second, options: third as Options | undefined };
  if (isInstance(event)) {
    // An emit asks later, where nobody hears it: a look at each event would cost time.
    if (verb !== 'emit') refusePromise(verb, event.constructor, event);
    return { key: event.constructor, payload: event, options: second as Options | undefined };
  }
  throw noEventError(verb, event);
}

/** A token of another copy of the package. An emit without a payload sees it later, as {@link isNoInstance}. */
function isOtherToken(verb: string, event: unknown, second: unknown): event is EventToken {
  return (verb !== 'emit' || second !== undefined) && isEventToken(event);
}

/** Whether it is an instance of a class that handlers can name. What nearly every program has as data is not: nobody would hear it. */
function isInstance(event: unknown): event is { readonly constructor: EventClass } {
  if (typeof event !== 'object' || event === null) return false;
  const key: unknown = event.constructor;
  return (
    typeof key === 'function' &&
    key !== Object &&
    key !== Array &&
    key !== Map &&
    key !== Set &&
    key !== Promise
  );
}

/** Whether it may be no event after all, though it has a class: a promise of any make, or a token of another copy of the package. */
export function isNoInstance(key: EventKey, payload: unknown): boolean {
  return typeof key === 'function' && (isThenable(payload) || isEventToken(payload));
}

/**
 * A promise of any make is no event: what it becomes is.
 *
 * @throws CarillonError `CAR4004`
 */
export function refusePromise(verb: string, key: EventKey, payload: unknown): void {
  if (typeof key === 'function' && isThenable(payload)) throw noEventError(verb, payload);
}

function noEventError(verb: string, event: unknown): CarillonError {
  const shown = shownValue(event);
  return new CarillonError(
    'CAR4004',
    `${verb}(${shown}) was given no event. ${adviceFor(verb, event, shown)}`,
  );
}

function adviceFor(verb: string, event: unknown, shown: string): string {
  if (isThenable(event)) return 'Await it first.';
  if (typeof event === 'function' && event.prototype !== undefined)
    return `${shown} is a class: give an instance, ${verb}(new ${shown}(…)).`;
  return 'Give an instance of an event class, a token and its payload, or a topic and its payload.';
}

/** Nearly every topic, told without a closer look. */
const COMMON = /^[\w-]+(?:\.[\w-]+)*$/;

/** @throws CarillonError `CAR4004` for a topic that cannot be sent */
export function checkTopic(verb: string, topic: string): void {
  if (topic.length <= LONGEST_NAME && COMMON.test(topic)) return;
  const fault = isPattern(topic)
    ? 'it has a wildcard, which only a handler may have'
    : topicFault(topic);
  if (fault !== undefined) {
    throw new CarillonError(
      'CAR4004',
      `${verb}(${JSON.stringify(topic)}) has no usable topic: ${fault}. Give a topic such as 'order.placed'.`,
    );
  }
}
