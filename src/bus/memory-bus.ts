/** A bus between applications of one process, for tests of several services. It encodes and decodes as one between processes does. */
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

/** A new engine without subscriptions. */
export function memoryEngine(): BusEngine {
  const hub = new Hub();
  return { name: 'memory', capabilities: CAPABILITIES, connect: () => new MemoryTransport(hub) };
}

/** A subscription, and how many of its messages are in progress. */
class BoundedSubscription {
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly subscription: BusSubscription) {}

  /** Delivers the message as soon as there is room; resolves then, with the promise of its result. */
  async deliver(text: string): Promise<{ readonly result: Promise<TransportResult> }> {
    while (this.#active >= this.subscription.prefetch)
      await new Promise<void>((enter) => this.#waiting.push(enter));
    this.#active += 1;
    const result = this.subscription.deliver(text).finally(() => {
      this.#active -= 1;
      this.#waiting.shift()?.();
    });
    return { result };
  }
}

/** What all connections share. */
class Hub {
  readonly subscriptions = new Set<BoundedSubscription>();
  readonly #turns = new Map<string, number>();

  /** To each subscription without a group, and to one of each group for a topic; resolves when each has it. */
  async send({ text }: BusMessage): Promise<void> {
    const groups = new Map<string, BoundedSubscription[]>();
    const deliveries: Promise<unknown>[] = [];
    for (const member of this.subscriptions) {
      const { group, topic } = member.subscription;
      if (group === undefined) {
        deliveries.push(member.deliver(text));
        continue;
      }
      const key = JSON.stringify([group, topic]);
      groups.set(key, [...(groups.get(key) ?? []), member]);
    }
    for (const [key, members] of groups) {
      const turn = this.#turns.get(key) ?? 0;
      this.#turns.set(key, turn + 1);
      const first = turn % members.length;
      deliveries.push(this.#sendToOne([...members.slice(first), ...members.slice(0, first)], text));
    }
    await Promise.all(deliveries);
  }

  async #sendToOne(
    [member, ...others]: readonly BoundedSubscription[],
    text: string,
  ): Promise<void> {
    if (member === undefined) return;
    if (!this.subscriptions.has(member)) return this.#sendToOne(others, text);
    const { result } = await member.deliver(text);
    void result.then((value) => (value === 'returned' ? this.#sendToOne(others, text) : undefined));
  }
}

class MemoryTransport implements BusTransport {
  readonly name = 'memory';
  readonly capabilities = CAPABILITIES;
  readonly #hub: Hub;
  readonly #own = new Set<BoundedSubscription>();
  #closed = false;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  async connect(): Promise<void> {
    this.#assertOpen();
  }

  async publish(message: BusMessage): Promise<void> {
    this.#assertOpen();
    await this.#hub.send(message);
  }

  async subscribe(subscription: BusSubscription): Promise<EndSubscription> {
    this.#assertOpen();
    const member = new BoundedSubscription(subscription);
    this.#hub.subscriptions.add(member);
    this.#own.add(member);
    return async () => this.#forget(member);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const member of this.#own) this.#forget(member);
  }

  #forget(member: BoundedSubscription): void {
    this.#own.delete(member);
    this.#hub.subscriptions.delete(member);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('it is closed');
  }
}
