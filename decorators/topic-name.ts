/** The grammar of topics: segments joined by dots; in a pattern `*` is one segment and `**` any number of them. */
import { isStorable, LONGEST_NAME, type OptionCheck, shownOption } from './check-options.js';

/** What AMQP, MQTT and NATS have in the place of `*` and `**`, alone between dots or slashes. Anywhere else it is text, as in `c++`. */
const FOREIGN_WILDCARD = /(?:^|[./])([#+>])(?![^./])/;

const OUR_WILDCARDS =
  "in Carillon '*' is one whole segment, '**' any number, and dots separate them";

/**
 * Says what is wrong with a topic, or `undefined` when nothing is.
 *
 * @param topic the topic, or the pattern
 */
export function topicFault(topic: string): string | undefined {
  if (topic.trim() === '') return 'it is empty';
  if (topic.length > LONGEST_NAME)
    return `it has ${topic.length} characters, of which ${LONGEST_NAME} are allowed`;
  if (topic.includes('\0')) return 'it has the character U+0000, which no engine stores';
  if (!isStorable(topic)) return 'it has half of a pair of surrogates, so it is not text';
  for (const segment of topic.split('.')) {
    if (segment === '') return 'one of its segments is empty';
    if (segment !== segment.trim())
      return `its segment "${segment}" begins or ends with white space`;
    if (segment.includes('*') && segment !== '*' && segment !== '**') {
      return `its segment "${segment}" mixes a wildcard with text; ${OUR_WILDCARDS}`;
    }
  }
  return foreignWildcard(topic);
}

/** It would be text here, and a handler that has it for a wildcard would hear nothing. */
function foreignWildcard(topic: string): string | undefined {
  const [, sign] = FOREIGN_WILDCARD.exec(topic) ?? [];
  return sign && `its "${sign}" is a wildcard of other brokers; ${OUR_WILDCARDS}`;
}

/** Whether the topic has a wildcard among its segments. */
export function isPattern(topic: string): boolean {
  return topic.includes('*');
}

/** An option that is a topic without wildcards. */
export function topicName(): OptionCheck {
  return (value, name) => {
    const fault = typeof value !== 'string' ? 'it is not a string' : topicFault(value);
    return fault === undefined && !isPattern(value as string)
      ? undefined
      : `has the ${name} ${shownOption(value)}: ${fault ?? 'it has a wildcard'}. Give a name such as 'order.placed'.`;
  };
}
