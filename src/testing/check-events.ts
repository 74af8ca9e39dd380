/** Checks of a record, and their texts. */
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import type { SendVerb } from '../dispatch/runtime.js';
import { type EventRecord, isSent, type SentEvent } from './event-record.js';
import { matchesPayload, shownPayload } from './partial-match.js';

/** What was expected, and what was found. */
export interface Check {
  readonly pass: boolean;
  /** As in "expected that …". */
  readonly expected: string;
  /** A sentence. */
  readonly found: string;
}

const PAST: Readonly<Record<SendVerb, string>> = {
  emit: 'emitted',
  publish: 'published',
  defer: 'deferred',
};

export function checkSent(
  record: EventRecord,
  verb: SendVerb,
  event: EventKey,
  like: unknown,
): Check {
  const pass = record.all.some(
    (sent) =>
      isSent(sent, verb, event) && (like === undefined || matchesPayload(sent.payload, like)),
  );
  const payload = like === undefined ? '' : ` like ${shownPayload(like)}`;
  return {
    pass,
    expected: `${eventName(event)}${payload} was ${PAST[verb]}`,
    found: listOf(record),
  };
}

export function checkTimes(record: EventRecord, event: EventKey, times: number): Check {
  const count = record.all.filter((sent) => isSent(sent, sent.verb, event)).length;
  const expected = `${eventName(event)} was sent ${times} time(s)`;
  return { pass: count === times, expected, found: `It was ${count}. ${listOf(record)}` };
}

export function checkOrder(record: EventRecord, events: readonly EventKey[]): Check {
  let next = 0;
  for (const sent of record.all) {
    const event = events[next];
    if (event !== undefined && isSent(sent, sent.verb, event)) next += 1;
  }
  const missing = events[next];
  const expected = `${events.map(eventName).join(', then ')} were sent in that order`;
  const found =
    missing === undefined
      ? 'They were.'
      : `${eventName(missing)} did not come in its place. ${listOf(record)}`;
  return { pass: missing === undefined, expected, found };
}

export function checkNothing(record: EventRecord): Check {
  return { pass: record.all.length === 0, expected: 'nothing was sent', found: listOf(record) };
}

function listOf({ all }: EventRecord): string {
  if (all.length === 0) return 'Nothing was sent.';
  return `Sent were:\n${all.map(lineOf).join('\n')}`;
}

function lineOf({ verb, event, payload, scope }: SentEvent): string {
  const shown = payload === undefined ? '' : ` ${shownPayload(payload)}`;
  return `  ${PAST[verb]} ${eventName(event)}${shown} in "${scope}"`;
}
