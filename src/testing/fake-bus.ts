/** A bus for tests that records every message and delivers none. */
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import type { BusBackend, BusProvider } from '../bus/bus-backend.js';
import type { BusCapabilities } from '../bus/bus-transport.js';
import { matchesKey } from '../dispatch/event-history.js';

/** What `events({ bus })` takes; made by {@link fakeBus}. */
export interface FakeBus extends BusProvider {
  /** Everything that was published, in order. It is not encoded, so a class needs no name. */
  readonly messages: readonly { readonly event: EventKey; readonly payload: unknown }[];
  /** The payloads of the event, and of its subclasses, in order. */
  published<const K extends EventKey>(event: K): readonly PayloadOf<K>[];
  /** Discards what was published so far. */
  clear(): void;
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
export function fakeBus(): FakeBus {
  let messages: { event: EventKey; payload: unknown }[] = [];
  const backend: BusBackend = {
    add: () => () => undefined,
    publish: async (event, payload) => void messages.push({ event, payload }),
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
        .filter(({ event }) => matchesKey(wanted, event, false))
        .map(({ payload }) => payload as PayloadOf<K>),
    clear: () => {
      messages = [];
    },
  };
}
