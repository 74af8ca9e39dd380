/** What users test their own services and engines with. */

export { memoryBus } from '../bus/memory-bus.js';
export {
  assertDeferred,
  assertEmitted,
  assertNothingSent,
  assertPublished,
  assertSentInOrder,
  assertSentTimes,
} from './assert-events.js';
export { type EventMatchers, eventMatchers, type MatcherResult } from './event-matchers.js';
export { EventRecord, recordEvents, type SentEvent } from './event-record.js';
export { type FakeBus, type FakeBusOptions, fakeBus } from './fake-bus.js';
export { type FakeMessage, type FakeQueue, fakeQueue } from './fake-queue.js';
export { expectNoLiveHandlers } from './live-handlers.js';
export type { AsymmetricMatch, PartialMatch, PayloadMatch } from './partial-match.js';
export { type SettleOptions, TrackedSession, trackSession } from './tracked-session.js';
export { type VirtualClock, virtualClock } from './virtual-clock.js';
