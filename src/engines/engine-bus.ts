/** Makes the bus of an engine from its transport. */
import { checkOptions, type OptionShape } from '../../decorators/check-options.js';
import type { BusProvider } from '../bus/bus-backend.js';
import type { BusCapabilities, BusTransport } from '../bus/bus-transport.js';
import { type RemoteBusOptions, remoteBus } from '../bus/remote-bus.js';

/** A bus on an engine. */
export interface EngineBus<O extends RemoteBusOptions> {
  /** What errors call the engine: `'nats'`. */
  readonly name: string;
  readonly capabilities: BusCapabilities;
  /** What the options take. */
  readonly shape: OptionShape<O>;
  /** One is made for each application, and for each attempt to start it. */
  readonly Transport: new (
    options: O,
  ) => BusTransport;
}

/** @throws CarillonError `CAR7022` for options that are not valid */
export function engineBus<O extends RemoteBusOptions>(
  { name, capabilities, shape, Transport }: EngineBus<O>,
  options: O,
): BusProvider {
  checkOptions('CAR7022', `The bus on ${name}`, shape, options);
  return remoteBus({ name, capabilities, connect: () => new Transport(options) }, options);
}
