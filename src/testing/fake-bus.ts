/** A bus for tests that records every message and delivers none. */
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import type { BusBackend, BusProvider } from '../bus/bus-backend.js';
import type { BusCapabilities } from '../bus/bus-transport.js';
import { matchesKey } from '../dispatch/event-history.js';
import type { PayloadReader } from '../events/payload-reader.js';
import { WirePayloads } from '../queue/memory/wire-payloads.js';

/** What `events({ bus })` takes; made by {@link fakeBus}. */
export interface FakeBus extends BusProvider {
  /**
   * Everything that was published, in order, with payloads as subscribers on an engine would get them: what could not travel is refused, and
   * what the sender changes later changes nothing here. A class needs no name.
   */
  readonly messages: readonly { readonly event: EventKey; readonly payload: unknown }[];
  /** The payloads of the event, and of its subclasses, in order. */
  published<const K extends EventKey>(event: K): readonly PayloadOf<K>[];
  /** Discards what was published so far. */
  clear(): void;
}

/** How a {@link fakeBus} treats payloads. */
export interface FakeBusOptions {
  /** Whether payloads are written and read as on an engine. Otherwise the published objects themselves are recorded. Default `true`. */
  readonly wire?: boolean;
  /** Makes and checks payloads of event classes, such as `classValidator()`. Default one that copies properties. */
  readonly reader?: PayloadReader;
}

/** It delivers nothing, so it can support everything that a subscriber asks for. */
const CAPABILITIES: BusCapabilities = {
  groups: true,
  whenFull: ['wait', 'reject', 'drop-oldest', 'drop-newest'],
  keepsForAbsent: true,
  redelivers: true,
};

/**
 * Makes a bus that records what is published instead of delivering it.
 *
 * @example
 * const bus = fakeBus();
 * container.register(events({ bus }));
 */
export function fakeBus({ wire = true, ...options }: FakeBusOptions = {}): FakeBus {
  let messages: { event: EventKey; payload: unknown }[] = [];
  const payloads = wire ? new WirePayloads(options) : undefined;
  const backend: BusBackend = {
    add: () => () => undefined,
    publish: async (event, sent) => {
      const payload =
        payloads === undefined
          ? sent
          : await payloads.read(event, await payloads.write(event, sent));
      messages.push({ event, payload });
    },
    start: async () => undefined,
    ready: async () => undefined,
    end: () => undefined,
    close: async () => undefined,
  };
  return {
    name: 'fake',
    capabilities: CAPABILITIES,
    attach: () => backend,
    get messages() {
      return messages;
    },
    published: <const K extends EventKey>(wanted: K) =>
      messages
        .filter(({ event }) => matchesKey(wanted, event))
        .map(({ payload }) => payload as PayloadOf<K>),
    clear: () => {
      messages = [];
    },
  };
}
