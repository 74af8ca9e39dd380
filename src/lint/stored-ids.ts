/** The ids under which a queue keeps the messages of a handler. */
import type { Reading } from './reading.js';

/** The ids that one `@Deferred` has in its queue. */
export interface StoredIds {
  readonly queue: string;
  /** Its own, one for each event where it says none, and those that it had earlier. */
  readonly ids: readonly string[];
}

/**
 * Reads a `@Deferred`.
 *
 * @param method its name, a part of the id that a handler has by default
 * @returns `undefined` where the queue or the id is known at run time only
 */
export function storedIds<Node>(
  reading: Reading<Node>,
  [events, options]: readonly Node[],
  method: string,
): StoredIds | undefined {
  if (events === undefined || !reading.isReadable(options)) return undefined;
  const own = reading.property(options, 'id');
  const id = own === undefined ? undefined : reading.text(own);
  const named = reading.property(options, 'queue');
  const queue = named === undefined ? 'default' : reading.text(named);
  if (queue === undefined || (own !== undefined && id === undefined)) return undefined;
  const before = reading.property(options, 'previousIds');
  const previous = before === undefined ? [] : reading.items(before).map(reading.text);
  const made = id === undefined ? madeIds(reading, events, method) : [id];
  return { queue, ids: [...made, ...previous].filter((each) => each !== undefined) };
}

function madeIds<Node>(reading: Reading<Node>, events: Node, method: string): string[] {
  return reading.items(events).flatMap((event) => {
    const name = reading.eventName(event);
    return name === undefined ? [] : [`${name}/${method}`];
  });
}
