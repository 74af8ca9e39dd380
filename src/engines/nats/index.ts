/** Carillon on NATS. Needs `@nats-io/transport-node`, and `@nats-io/jetstream` for queues. */
export { JETSTREAM_QUEUE, type JetStreamQueueOptions, jetStreamQueue } from './jetstream-queue.js';
export { NATS_BUS, type NatsBusOptions, NatsBusTransport, natsBus } from './nats-bus.js';
export type { NatsOptions } from './nats-connection.js';
