/** Carillon on NATS. Needs `@nats-io/transport-node`. */
export { NATS_BUS, type NatsBusOptions, NatsBusTransport, natsBus } from './nats-bus.js';
export type { NatsOptions } from './nats-connection.js';
