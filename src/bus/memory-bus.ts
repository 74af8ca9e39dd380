/** A bus between applications of one process, which encodes and decodes as one between processes does: for tests of several services. */
import type { BusProvider } from './bus-backend.js';
import type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportResult,
} from './bus-transport.js';
import { type BusEngine, type RemoteBusOptions, remoteBus } from './remote-bus.js';

const CAPABILITIES: BusCapabilities = {
  groups: true,
  whenFull: ['wait', 'drop-oldest', 'drop-newest'],
  keepsForAbsent: false,
  redelivers: true,
};

/**
 * Carries what is published between the applications that are given the same bus.
 *
 * @example
 * const bus = memoryBus();
 * shop.register(events({ bus }));
 * mailer.register(events({ bus }));
 */
export function memoryBus(options: RemoteBusOptions = {}): BusProvider {
  return remoteBus(memoryEngine(), options);
}

/** An engine of its own, with nothing in it. */
export function memoryEngine(): BusEngine {
  const hub = new Hub();
  return { name: 'memory', capabilities: CAPABILITIES, connect: () => new MemoryTransport(hub) };
}

/** A subscription, and how many of its messages are undone. */
class Lane {
  #undone = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly subscription: BusSubscription) {}

  /** Hands the message over as soon as there is room; resolves then, with the promise of what becomes of it. */
  async deliver(text: string): Promise<{ readonly taken: Promise<TransportResult> }> {
    while (this.#undone >= this.subscription.prefetch)
      await new Promise<void>((enter) => this.#waiting.push(enter));
    this.#undone += 1;
    const taken = this.subscription.deliver(text).finally(() => {
      this.#undone -= 1;
      this.#waiting.shift()?.();
    });
    return { taken };
  }
}

/** What all connections share. */
class Hub {
  readonly lanes = new Set<Lane>();
  readonly #turns = new Map<string, number>();

  /** To each subscription without a group, and to one of each group for a topic; resolves when each has it. */
  async send({ text }: BusMessage): Promise<void> {
    const groups = new Map<string, Lane[]>();
    const handing: Promise<unknown>[] = [];
    for (const lane of this.lanes) {
      const { group, topic } = lane.subscription;
      if (group === undefined) {
        handing.push(lane.deliver(text));
        continue;
      }
      const key = JSON.stringify([group, topic]);
      groups.set(key, [...(groups.get(key) ?? []), lane]);
    }
    for (const [key, members] of groups) {
      const turn = this.#turns.get(key) ?? 0;
      this.#turns.set(key, turn + 1);
      const first = turn % members.length;
      handing.push(this.#sendToOne([...members.slice(first), ...members.slice(0, first)], text));
    }
    await Promise.all(handing);
  }

  async #sendToOne([lane, ...others]: readonly Lane[], text: string): Promise<void> {
    if (lane === undefined) return;
    if (!this.lanes.has(lane)) return this.#sendToOne(others, text);
    const { taken } = await lane.deliver(text);
    void taken.then((outcome) =>
      outcome === 'returned' ? this.#sendToOne(others, text) : undefined,
    );
  }
}

class MemoryTransport implements BusTransport {
  readonly name = 'memory';
  readonly capabilities = CAPABILITIES;
  readonly #own = new Set<Lane>();
  #closed = false;

  constructor(private readonly hub: Hub) {}

  async connect(): Promise<void> {
    this.#assertOpen();
  }

  async publish(message: BusMessage): Promise<void> {
    this.#assertOpen();
    await this.hub.send(message);
  }

  async subscribe(subscription: BusSubscription): Promise<EndSubscription> {
    this.#assertOpen();
    const lane = new Lane(subscription);
    this.hub.lanes.add(lane);
    this.#own.add(lane);
    return async () => this.#forget(lane);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const lane of this.#own) this.#forget(lane);
  }

  #forget(lane: Lane): void {
    this.#own.delete(lane);
    this.hub.lanes.delete(lane);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('it is closed');
  }
}
