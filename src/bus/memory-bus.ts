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

  readonly #freed: (key: string) => void;

  /** @param freed is told when there is room again */
  constructor(
    readonly subscription: BusSubscription,
    freed: (key: string) => void,
  ) {
    this.key = JSON.stringify([subscription.group, subscription.topic]);
    this.#freed = freed;
  }

  get hasRoom(): boolean {
    return this.#active < this.subscription.prefetch;
  }

  /** Delivers the message as soon as there is room; resolves then. */
  async deliver(text: string): Promise<void> {
    while (!this.hasRoom) await new Promise<void>((enter) => this.#waiting.push(enter));
    void this.begin(text);
  }

  /** Delivers the message at once. */
  begin(text: string): Promise<TransportResult> {
    this.#active += 1;
    return this.subscription.deliver(text).finally(() => {
      this.#active -= 1;
      this.#waiting.shift()?.();
      this.#freed(this.key);
    });
  }
}

/** What all connections share. */
class Hub {
  readonly subscriptions = new Set<BoundedSubscription>();
  readonly #turns = new Map<string, number>();
  /** Messages of groups whose members are all full, by group. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /** There may be room in the group. */
  readonly wake = (key: string): void => {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const look of waiting) look();
  };

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

  /**
   * To a member with room, as soon as there is one.
   *
   * @param passed the members that had it and ended
   */
  async #sendToOne(message: GroupMessage, passed: Set<BoundedSubscription>): Promise<void> {
    const { key } = message;
    for (let hasWaited = false; ; hasWaited = true) {
      const members = [...this.subscriptions].filter(
        (member) => member.key === key && !passed.has(member),
      );
      if (members.length === 0) break;
      const free = members.filter(({ hasRoom }) => hasRoom);
      // Who came earlier waits already.
      if (free.length > 0 && (hasWaited || !this.#waiting.has(key))) {
        this.#give(message, this.#next(key, free), passed);
        return;
      }
      await new Promise<void>((look) => {
        this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), look]);
      });
    }
    if (passed.size > 0) message.lost();
  }

  #give(
    message: GroupMessage,
    member: BoundedSubscription,
    passed: Set<BoundedSubscription>,
  ): void {
    void member.begin(message.text).then((result) => {
      if (result === 'returned') void this.#sendToOne(message, passed.add(member));
    });
  }

  #next(key: string, members: readonly BoundedSubscription[]): BoundedSubscription {
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return members[turn % members.length] as BoundedSubscription;
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
    const member = new BoundedSubscription(subscription, this.#hub.wake);
    this.#hub.subscriptions.add(member);
    this.#own.add(member);
    this.#hub.wake(member.key);
    return async () => this.#forget(member);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const member of this.#own) this.#forget(member);
  }

  #forget(member: BoundedSubscription): void {
    this.#own.delete(member);
    this.#hub.subscriptions.delete(member);
    this.#hub.wake(member.key);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('it is closed');
  }
}
