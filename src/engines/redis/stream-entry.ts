/** The entries of the bus's stream. */
import type { LogEntry } from '../log-reader.js';

/** A message in the stream. */
export interface StreamEntry extends LogEntry {
  /** The only consumer group that it is for: one of its members has returned it. */
  readonly group: string | undefined;
}

/** A reply of the client: ids and alternating names and values; no fields for an entry that was deleted. */
type EntryReply = readonly [id: string, fields: readonly string[] | null];

export function entryFields(topic: string, text: string, group?: string): string[] {
  return ['topic', topic, 'event', text, ...(group === undefined ? [] : ['group', group])];
}

/** Entries that another program wrote have an empty topic, which no subscriber matches. */
export function readEntries(reply: readonly EntryReply[]): StreamEntry[] {
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
