/** An engine for tests: queues of text that several applications of one process share, as they would share a broker. */
import {
  type DeadLetter,
  type DeadLetterFilter,
  type QueueCapabilities,
  type QueueProvider,
} from 'carillon';
import {
  type ConsumeOptions,
  type Consumption,
  type DeadLetterStore,
  type EnqueueResult,
  type OutgoingMessage,
  type ProviderQueue,
  type QueueDelivery,
  queueCapabilities,
  remoteQueue,
  type Work,
} from 'carillon/engine';
import { realClock } from '../../src/dispatch/real-clock.js';
import { MemoryMessage, MessageExtras } from '../../src/queue/memory/memory-message.js';
import { MessageStore } from '../../src/queue/memory/message-store.js';

export const SHARED = queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  priority: true,
  orderingKey: 'everywhere',
  onRetry: ['block'],
  dedup: true,
  ttl: true,
  cancel: true,
  reschedule: true,
  status: true,
  deadLetters: true,
  inbox: true,
});

interface Stored {
  readonly message: OutgoingMessage;
  body: string;
}

interface Consumer {
  readonly options: ConsumeOptions;
  readonly work: Work;
  busy: number;
  isOpen: boolean;
  idle: (() => void) | undefined;
}

/** The broker: what the providers of it share. */
export class SharedQueues {
  readonly #stores = new Map<string, SharedStore>();

  /** A provider with a connection of its own. */
  provider(capabilities: Partial<QueueCapabilities> = {}): QueueProvider {
    return remoteQueue({
      name: 'shared',
      capabilities: { ...SHARED, ...capabilities },
      open: async (name) => new SharedQueue(this.#store(name)),
    });
  }

  /** Lets go of timers. */
  close(): void {
    for (const store of this.#stores.values()) store.messages.close();
  }

  #store(name: string): SharedStore {
    const store = this.#stores.get(name) ?? new SharedStore(name);
    this.#stores.set(name, store);
    return store;
  }
}

class SharedStore {
  readonly messages: MessageStore;
  readonly byId = new Map<string, MemoryMessage>();
  /** By deduplication key: it is remembered at least until this message has begun. */
  readonly firstOf = new Map<string, MemoryMessage>();
  readonly consumers = new Set<Consumer>();

  constructor(name: string) {
    this.messages = new MessageStore({
      queueName: name,
      source: 'shared',
      clock: realClock,
      onRetry: 'block',
      deadLetters: 10_000,
    });
    this.messages.onDue = () => this.pump();
  }

  pump(): void {
    setImmediate(() => {
      for (let consumer = this.#free(); consumer !== undefined; consumer = this.#free()) {
        const message = this.messages.take();
        if (message === undefined) return;
        // In turn, as brokers do: what one program gives back would come to it again and again.
        this.consumers.delete(consumer);
        this.consumers.add(consumer);
        void this.#give(consumer, message);
      }
    });
  }

  /** Whether a message with that key is a duplicate. */
  isKnown(key: string): boolean {
    const state = this.firstOf.get(key)?.state;
    return this.messages.dedup.has(key) || state === 'waiting' || state === 'delayed';
  }

  #free(): Consumer | undefined {
    return [...this.consumers].find(
      ({ isOpen, busy, options }) => isOpen && busy < options.concurrency,
    );
  }

  async #give(consumer: Consumer, message: MemoryMessage): Promise<void> {
    consumer.busy += 1;
    const { message: outgoing, body } = message.payload as Stored;
    const delivery: QueueDelivery = {
      id: outgoing.id,
      handler: outgoing.handler,
      body,
      attempt: message.attempt,
      expired: message.expired,
      progress: (fraction) => message.progress(fraction),
      log: (line) => message.log(line),
    };
    this.messages.settle(message, await consumer.work(delivery));
    consumer.busy -= 1;
    if (consumer.busy === 0) consumer.idle?.();
    this.pump();
  }
}

class SharedQueue implements ProviderQueue {
  readonly deadLetters: DeadLetterStore;
  readonly inbox;
  readonly #store: SharedStore;

  constructor(store: SharedStore) {
    this.#store = store;
    this.inbox = store.messages.inbox;
    this.deadLetters = lettersOf(store);
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    return messages.map((message) => this.#enqueue(message));
  }

  async consume(options: ConsumeOptions, work: Work): Promise<Consumption> {
    const consumer: Consumer = { options, work, busy: 0, isOpen: true, idle: undefined };
    this.#store.consumers.add(consumer);
    this.#store.messages.promote();
    this.#store.pump();
    return {
      pause: () => {
        consumer.isOpen = false;
      },
      resume: () => {
        consumer.isOpen = true;
        this.#store.pump();
      },
      stop: async () => {
        consumer.isOpen = false;
        this.#store.consumers.delete(consumer);
        if (consumer.busy > 0) {
          await new Promise<void>((resolve) => {
            consumer.idle = resolve;
          });
        }
      },
    };
  }

  async counts() {
    return this.#store.messages.counts;
  }

  async ping(): Promise<void> {}

  async cancel(id: string): Promise<boolean> {
    return this.#store.messages.cancel(this.#store.byId.get(id)?.id ?? '');
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    const found = this.#store.messages.reschedule(this.#store.byId.get(id)?.id ?? '', delay);
    this.#store.pump();
    return found;
  }

  async status(id: string) {
    return this.#store.messages.status(this.#store.byId.get(id)?.id ?? '');
  }

  async close(): Promise<void> {}

  #enqueue(message: OutgoingMessage): EnqueueResult {
    const { messages, byId, firstOf } = this.#store;
    const { id, event, body, dedup, delay, priority = 0, orderingKey, ttl } = message;
    if (dedup !== undefined) {
      if (this.#store.isKnown(dedup.key)) return 'duplicate';
      messages.dedup.add(dedup.key, dedup.window);
    }
    const special = new MessageExtras(
      {
        priority,
        ...(orderingKey === undefined ? {} : { orderingKey }),
        ...(ttl === undefined ? {} : { ttl }),
      },
      realClock.now(),
    );
    const stored: Stored = { message, body };
    const kept = new MemoryMessage(
      { store: messages, key: event, recipient: undefined },
      stored,
      special,
      Date.now(),
    );
    byId.set(id, kept);
    if (dedup !== undefined) firstOf.set(dedup.key, kept);
    messages.push(kept, delay);
    this.#store.pump();
    return 'accepted';
  }
}

/** What the store itself cannot see: it knows neither our ids nor our handlers. */
function withoutOwn({
  ids: _ids,
  handler: _handler,
  limit: _limit,
  ...filter
}: DeadLetterFilter): DeadLetterFilter {
  return filter;
}

function lettersOf(store: SharedStore): DeadLetterStore {
  const letters = (filter: DeadLetterFilter): DeadLetter[] =>
    store.messages.deadLetters
      .list(withoutOwn(filter))
      .map(({ message, reason, failure, diedAt }) => {
        const { message: outgoing, body } = message.payload as Stored;
        const { id, handler, event } = outgoing;
        const { attempt, enqueuedAt } = message;
        return {
          id,
          handler,
          event,
          body,
          reason,
          failure,
          attempt,
          enqueuedAt: new Date(enqueuedAt),
          diedAt: new Date(diedAt),
        };
      })
      .filter(
        ({ id, handler }) =>
          filter.ids?.includes(id) !== false &&
          (filter.handler === undefined || filter.handler === handler),
      )
      .slice(0, filter.limit);
  const take = (filter: DeadLetterFilter): MemoryMessage[] => {
    const taken = letters(filter).map(({ id }) => store.byId.get(id) as MemoryMessage);
    store.messages.deadLetters.take({ ids: taken.map(({ id }) => id) });
    return taken;
  };
  return {
    list: async (filter) => letters(filter),
    count: async (filter) => letters(filter).length,
    retry: async (filter) => {
      const taken = take(filter);
      for (const message of taken) {
        message.attempt = 0;
        store.messages.push(message);
      }
      store.pump();
      return taken.length;
    },
    edit: async (id, body) => {
      const [letter] = letters({ ids: [id] });
      if (letter !== undefined) (store.byId.get(id)?.payload as Stored).body = body;
      return letter !== undefined;
    },
    drop: async (filter) => take(filter).length,
  };
}
