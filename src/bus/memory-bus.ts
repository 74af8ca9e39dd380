/** A bus between applications of one process, for tests of several services. It encodes and decodes as one between processes does. */
import type { BusProvider } from './bus-backend.js';
import { notKept } from './bus-error.js';
import type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportResult,
  TransportWatcher,
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
  /** Equal for the members of one group. */
  readonly key: string;

  constructor(readonly subscription: BusSubscription) {
    this.key = JSON.stringify([subscription.group, subscription.topic]);
  }

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

  /**
   * To each subscription without a group, and to one of each group for a topic; resolves when each has it.
   *
   * @param failed gets what nobody is left to take
   */
  async send({ topic, text }: BusMessage, failed: (error: unknown) => void): Promise<void> {
    const groups = new Map<string, string>();
    const deliveries: Promise<unknown>[] = [];
    for (const member of this.subscriptions) {
      const { key, subscription } = member;
      if (subscription.group === undefined) deliveries.push(member.deliver(text));
      else groups.set(key, subscription.group);
    }
    for (const [key, group] of groups) {
      const lost = () => failed(notKept(group, topic));
      deliveries.push(this.#sendToOne({ key, text, lost }, new Set()));
    }
    await Promise.all(deliveries);
  }

  /** @param passed the members that had it and ended */
  async #sendToOne(message: GroupMessage, passed: Set<BoundedSubscription>): Promise<void> {
    const member = this.#next(message.key, passed);
    if (member === undefined) {
      if (passed.size > 0) message.lost();
      return;
    }
    const { result } = await member.deliver(message.text);
    void result.then((value) =>
      value === 'returned' ? this.#sendToOne(message, passed.add(member)) : undefined,
    );
  }

  #next(key: string, passed: ReadonlySet<BoundedSubscription>): BoundedSubscription | undefined {
    const members = [...this.subscriptions].filter(
      (member) => member.key === key && !passed.has(member),
    );
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return members[turn % members.length];
  }
}

interface GroupMessage {
  /** Of the group. */
  readonly key: string;
  readonly text: string;
  lost(): void;
}

class MemoryTransport implements BusTransport {
  readonly name = 'memory';
  readonly capabilities = CAPABILITIES;
  readonly #hub: Hub;
  readonly #own = new Set<BoundedSubscription>();
  #failed: (error: unknown) => void = () => undefined;
  #closed = false;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    this.#assertOpen();
    this.#failed = failed;
  }

  async publish(message: BusMessage): Promise<void> {
    this.#assertOpen();
    await this.#hub.send(message, this.#failed);
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
