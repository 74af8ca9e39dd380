/** What a test says of a record, as plain functions for any runner. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import { type Check, checkNothing, checkOrder, checkSent, checkTimes } from './check-events.js';
import type { EventRecord } from './event-record.js';
import type { PayloadMatch } from './partial-match.js';

/**
 * Asserts that the event was emitted, with a payload like that.
 *
 * @param like a part of the payload, or a function that says whether it is the one; default any
 * @throws CarillonError `CAR7050` when it was not, with all that was
 * @example
 * assertEmitted(record, OrderPlaced, { customer: { name: 'Ann' } });
 */
export function assertEmitted<const K extends EventKey>(
  record: EventRecord,
  event: K,
  like?: PayloadMatch<PayloadOf<K>>,
): void {
  hold(checkSent(record, 'emit', event, like));
}

/** Asserts that the event was published. See {@link assertEmitted}. */
export function assertPublished<const K extends EventKey>(
  record: EventRecord,
  event: K,
  like?: PayloadMatch<PayloadOf<K>>,
): void {
  hold(checkSent(record, 'publish', event, like));
}

/** Asserts that the event was deferred. See {@link assertEmitted}. */
export function assertDeferred<const K extends EventKey>(
  record: EventRecord,
  event: K,
  like?: PayloadMatch<PayloadOf<K>>,
): void {
  hold(checkSent(record, 'defer', event, like));
}

/**
 * Asserts how often the event was sent, by whichever verb.
 *
 * @throws CarillonError `CAR7050` when it was another number of times
 */
export function assertSentTimes(record: EventRecord, event: EventKey, times: number): void {
  hold(checkTimes(record, event, times));
}

/**
 * Asserts that the events were sent in that order, by whichever verb; others may have come between them.
 *
 * @throws CarillonError `CAR7050` when they were not
 * @example
 * assertSentInOrder(record, [OrderPlaced, OrderPaid, OrderSent]);
 */
export function assertSentInOrder(record: EventRecord, events: readonly EventKey[]): void {
  hold(checkOrder(record, events));
}

/** Asserts that nothing was sent at all. */
export function assertNothingSent(record: EventRecord): void {
  hold(checkNothing(record));
}

function hold({ pass, expected, found }: Check): void {
  if (!pass) throw new CarillonError('CAR7050', `Expected that ${expected}. ${found}`);
}
