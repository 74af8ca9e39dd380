/** How long names, ids, keys and the other attributes of a message may be: what fits into each engine's own limits, checked before it is sent. */
import { LONGEST_NAME } from '../../decorators/check-options.js';

/** Most characters of every other attribute. */
export const LONGEST_TEXT = 1024;

/** Most attributes beside those of the specification and our own. */
export const MOST_EXTENSIONS = 64;

/** The attribute as it may be carried on by a message that this one leads to: what another program wrote may be longer. */
export function withinLimit(
  text: string | undefined,
  longest: number = LONGEST_NAME,
): string | undefined {
  return text !== undefined && text.length <= longest ? text : undefined;
}
