/** Assertions about a record, as plain functions for any runner. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import { type Check, checkNothing, checkOrder, checkSent, checkTimes } from './check-events.js';
import type { EventRecord } from './event-record.js';
import type { PayloadMatch } from './partial-match.js';

/**
 * Asserts that the event was emitted, with a matching payload.
 *
 * @param record made by `recordEvents`
 * @param event a class, a token or a topic; a class includes its subclasses
 * @param like a part of the payload, or a predicate; default any payload
 * @throws CarillonError `CAR7050` with the list of what was sent
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

/**
 * Asserts that the event was published. See {@link assertEmitted}.
 *
 * @param record made by `recordEvents`
 * @param event a class, a token or a topic; a class includes its subclasses
 * @param like a part of the payload, or a predicate; default any payload
 * @throws CarillonError `CAR7050` with the list of what was sent
 * @example
 * assertPublished(record, OrderPlaced, { id: 'bell' });
 */
export function assertPublished<const K extends EventKey>(
  record: EventRecord,
  event: K,
  like?: PayloadMatch<PayloadOf<K>>,
): void {
  hold(checkSent(record, 'publish', event, like));
}

/**
 * Asserts that the event was deferred. See {@link assertEmitted}.
 *
 * @param record made by `recordEvents`
 * @param event a class, a token or a topic; a class includes its subclasses
 * @param like a part of the payload, or a predicate; default any payload
 * @throws CarillonError `CAR7050` with the list of what was sent
 * @example
 * assertDeferred(record, ReceiptWanted, ({ id }) => id === 'bell');
 */
export function assertDeferred<const K extends EventKey>(
  record: EventRecord,
  event: K,
  like?: PayloadMatch<PayloadOf<K>>,
): void {
  hold(checkSent(record, 'defer', event, like));
}

/**
 * Asserts how often the event was sent, by any verb.
 *
 * @param record made by `recordEvents`
 * @param event a class, a token or a topic; a class includes its subclasses
 * @param times how often, 0 or more
 * @throws CarillonError `CAR7050` for another number
 */
export function assertSentTimes(record: EventRecord, event: EventKey, times: number): void {
  hold(checkTimes(record, event, times));
}

/**
 * Asserts that the events were sent in that order, by any verb, with other events in between.
 *
 * @param record made by `recordEvents`
 * @param events classes, tokens and topics, the first one first
 * @throws CarillonError `CAR7050` for another order
 * @example
 * assertSentInOrder(record, [OrderPlaced, OrderPaid, OrderSent]);
 */
export function assertSentInOrder(record: EventRecord, events: readonly EventKey[]): void {
  hold(checkOrder(record, events));
}

/**
 * Asserts that nothing was sent.
 *
 * @param record made by `recordEvents`
 * @throws CarillonError `CAR7050` with the list of what was sent
 * @example
 * assertNothingSent(record);
 */
export function assertNothingSent(record: EventRecord): void {
  hold(checkNothing(record));
}

function hold({ pass, expected, found }: Check): void {
  if (!pass) throw new CarillonError('CAR7050', `Expected that ${expected}. ${found}`);
}
