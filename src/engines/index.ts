/** What an engine of queues or of a bus is built on, and what reads and writes its messages. */
export type { BusProvider } from '../bus/bus-backend.js';
export type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportResult,
  TransportWatcher,
} from '../bus/bus-transport.js';
export { type BusEngine, type RemoteBusOptions, remoteBus } from '../bus/remote-bus.js';
export {
  type AttributeValue,
  decodeEnvelope,
  type Envelope,
  type EventKind,
  encodeEnvelope,
} from '../events/envelope.js';
export { type PayloadReader, plainReader } from '../events/payload-reader.js';
export type { JsonLimits } from '../events/safe-json.js';
export { queueCapabilities } from '../queue/capabilities.js';
export { remoteQueue } from '../queue/engine/remote-queue.js';
export type { QueueProvider } from '../queue/queue-options.js';
export type * from '../queue/queue-provider.js';
