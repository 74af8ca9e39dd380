/** The three ways to name what is sent: an instance, a token with its payload, a topic with its payload. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { LONGEST_NAME } from '../../decorators/check-options.js';
import { type EventKey, EventToken, shownValue } from '../../decorators/event-key.js';
import { isPattern, topicFault } from '../../decorators/topic-name.js';

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
  if (event instanceof EventToken)
    return { key: event, payload: second, options: third as Options | undefined };
  if (typeof event === 'object' && event !== null && typeof event.constructor === 'function') {
    return {
      key: event.constructor as EventKey,
      payload: event,
      options: second as Options | undefined,
    };
  }
  throw new CarillonError(
    'CAR4004',
    `${verb}(${shownValue(event)}) was given no event. Give an instance of an event class, a token and its payload, or a topic and its payload.`,
  );
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
