/** What users test their own services and engines with. */
export {
  assertDeferred,
  assertEmitted,
  assertNothingSent,
  assertPublished,
  assertSentInOrder,
  assertSentTimes,
} from './assert-events.js';
export {
  type BusFaults,
  type BusProcesses,
  type BusServer,
  type BusSuiteCapabilities,
  type BusUnderTest,
  describeBusTransport,
} from './bus-transport.js';
export {
  type AliasBinding,
  type BindingWay,
  type ClassBinding,
  type ConstantBinding,
  type ContainerCapabilities,
  type ContainerUnderTest,
  describeContainerAdapter,
  type FactoryBinding,
  type InjectedFacade,
  type Lifetime,
  type RootOptions,
  type ServiceClass,
  type TestedBinding,
  type TestedContainer,
} from './container-adapter.js';
export type { EngineProcess, EngineServer } from './ended-engine.js';
export { type EventMatchers, eventMatchers, type MatcherResult } from './event-matchers.js';
export { EventRecord, recordEvents, type SentEvent } from './event-record.js';
export { type FakeBus, fakeBus } from './fake-bus.js';
export { type FakeMessage, type FakeQueue, fakeQueue } from './fake-queue.js';
export { expectNoLiveHandlers } from './live-handlers.js';
export type { AsymmetricMatch, PartialMatch, PayloadMatch } from './partial-match.js';
export {
  describeQueueProvider,
  type QueueFaults,
  type QueueProcesses,
  type QueueServer,
  type QueueSuiteCapabilities,
  type QueueUnderTest,
} from './queue-provider.js';
export { type SettleOptions, TrackedSession, trackSession } from './tracked-session.js';
export { type VirtualClock, virtualClock } from './virtual-clock.js';
