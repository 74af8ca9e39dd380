/** Matchers for runners whose `expect` can be extended: Jest, Vitest and compatible ones. */
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import { type Check, checkNothing, checkOrder, checkSent, checkTimes } from './check-events.js';
import { EventRecord } from './event-record.js';
import type { PayloadMatch } from './partial-match.js';

/**
 * The matchers, to extend the runner's interface.
 *
 * @example
 * declare module 'expect' {
 *   interface Matchers<R> extends EventMatchers<R> {}
 * }
 */
export interface EventMatchers<R> {
  /** At least once by `emit`, with a payload like that if one is given. */
  toHaveEmitted<const K extends EventKey>(event: K, like?: PayloadMatch<PayloadOf<K>>): R;
  /** At least once by `publish`, with a payload like that if one is given. */
  toHavePublished<const K extends EventKey>(event: K, like?: PayloadMatch<PayloadOf<K>>): R;
  /** At least once by `defer`, with a payload like that if one is given. */
  toHaveDeferred<const K extends EventKey>(event: K, like?: PayloadMatch<PayloadOf<K>>): R;
  /** By any verb. */
  toHaveSentTimes(event: EventKey, times: number): R;
  /** By any verb, with other events in between. */
  toHaveSentInOrder(events: readonly EventKey[]): R;
  /** By no verb. */
  toHaveSentNothing(): R;
}

/** The result of a matcher. */
export interface MatcherResult {
  /** Whether the expectation holds. */
  readonly pass: boolean;
  /** What the runner prints if it fails. */
  message(): string;
}

/**
 * The argument of `expect.extend`.
 *
 * @example
 * expect.extend(eventMatchers);
 * expect(record).toHaveEmitted(OrderPlaced, { id: 'bell' });
 */
export const eventMatchers = {
  toHaveEmitted: (record: unknown, event: EventKey, like?: unknown) =>
    result(checkSent(asRecord(record), 'emit', event, like)),
  toHavePublished: (record: unknown, event: EventKey, like?: unknown) =>
    result(checkSent(asRecord(record), 'publish', event, like)),
  toHaveDeferred: (record: unknown, event: EventKey, like?: unknown) =>
    result(checkSent(asRecord(record), 'defer', event, like)),
  toHaveSentTimes: (record: unknown, event: EventKey, times: number) =>
    result(checkTimes(asRecord(record), event, times)),
  toHaveSentInOrder: (record: unknown, events: readonly EventKey[]) =>
    result(checkOrder(asRecord(record), events)),
  toHaveSentNothing: (record: unknown) => result(checkNothing(asRecord(record))),
} as const;

function result({ pass, expected, found }: Check): MatcherResult {
  return {
    pass,
    message: () =>
      pass ? `Expected not that ${expected}. ${found}` : `Expected that ${expected}. ${found}`,
  };
}

function asRecord(value: unknown): EventRecord {
  if (value instanceof EventRecord) return value;
  throw new TypeError('Give expect() what recordEvents(container) returned.');
}
