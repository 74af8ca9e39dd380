/** The entries of the bus's stream. */
import type { LogEntry } from '../log-reader.js';

/** A message in the stream. */
export interface Entry extends LogEntry {
  /** For this consumer group alone: one of its members gave it back. */
  readonly group: string | undefined;
}

/** The fields of an entry. */
export function entryFields(topic: string, text: string, group?: string): string[] {
  return ['topic', topic, 'event', text, ...(group === undefined ? [] : ['group', group])];
}

/** From the client's reply; what is no message of ours is an entry that nobody hears. */
export function readEntries(
  reply: readonly (readonly [string, readonly string[] | null])[],
): Entry[] {
  return reply.map(([id, fields]) => {
    const values = new Map<string, string>();
    for (let index = 0; index + 1 < (fields?.length ?? 0); index += 2) {
      values.set(fields?.[index] as string, fields?.[index + 1] as string);
    }
    return {
      id,
      topic: values.get('topic') ?? '',
      text: values.get('event') ?? '',
      group: values.get('group'),
    };
  });
}
