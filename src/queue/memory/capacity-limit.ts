/** How many messages a queue in memory may hold, and what happens to the next one. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { type AsyncStorage, asyncStorage } from '../../dispatch/async-storage.js';
import { currentMessageOf } from '../../dispatch/correlation.js';
import type { QueueContext } from '../queue-options.js';
import { MemoryContext, type MemoryMessage } from './memory-message.js';
import type { MessageStore } from './message-store.js';

export class CapacityLimit {
  /** Whether senders wait for room. */
  readonly isAwaited: boolean;
  readonly #context: QueueContext;
  readonly #store: MessageStore;
  readonly #limit: number;
  readonly #waiters: (() => void)[] = [];
  /** Messages in progress whose handlers send to this queue. */
  readonly #feeders = new Set<MemoryMessage>();
  /** The message whose handler code belongs to, also after an `await`. */
  readonly #handled: AsyncStorage<MemoryMessage> | undefined;
  /** Senders that wait, or have been woken and are about to enter. */
  #senders = 0;
  #closed = false;

  constructor(context: QueueContext, store: MessageStore) {
    this.#context = context;
    this.#store = store;
    const { limit = Number.POSITIVE_INFINITY, whenFull } = context.options;
    this.#limit = limit;
    this.isAwaited = whenFull === 'wait';
    this.#handled = this.isAwaited ? asyncStorage() : undefined;
  }

  /** Whether there is room, and no sender waits for it. */
  get isOpen(): boolean {
    return this.#store.size < this.#limit && this.#senders === 0;
  }

  /**
   * Stores a message in a queue that is full.
   *
   * @param store runs in the same turn as the last check for room, or several senders would take one place
   * @throws CarillonError (a rejection) `CAR5012` when the message is refused
   */
  async enter<T>(event: string, store: () => T): Promise<T> {
    if (!this.isAwaited) {
      this.#makeRoom(event);
      return store();
    }
    if (this.#feedsItself) throw this.#circle(event);
    this.#senders += 1;
    await new Promise<void>((resolve) => this.#waiters.push(resolve));
    while (this.#store.size >= this.#limit && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiters.unshift(resolve));
    }
    this.#senders -= 1;
    return store();
  }

  /** Runs the handler of a message, so that what it sends is known to be sent by it. */
  handle<T>(message: MemoryMessage, run: () => T): T {
    return this.#handled === undefined ? run() : this.#handled.run(message, run);
  }

  /** Notes the message, if any, whose handler sends to the queue. */
  noteSender(): void {
    const message = this.#handled?.getStore() ?? this.#currentMessage;
    if (message?.store === this.#store && message.state === 'active') this.#feeders.add(message);
  }

  /** All that a platform can tell that does not follow asynchronous code. */
  get #currentMessage(): MemoryMessage | undefined {
    const sender = currentMessageOf(this.#context.runtime);
    return sender instanceof MemoryContext ? sender.message : undefined;
  }

  /** A message in progress has its outcome. */
  settled(message: MemoryMessage): void {
    if (this.#feeders.size > 0) this.#feeders.delete(message);
    this.release();
  }

  /** A place has become free: the sender that has waited longest gets it. */
  release(): void {
    if (this.#waiters.length > 0) this.#waiters.shift()?.();
  }

  /** Wakes every sender; each has to look whether the queue has ended. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#waiters.splice(0)) wake();
  }

  refusal(event: string): CarillonError {
    return new CarillonError(
      'CAR5012',
      `${this.#fullText()}: a message ${event} was refused. Defer it later.`,
    );
  }

  /** Whether nothing could be started but by handlers that may all be waiting for room, with one more sender. */
  get #feedsItself(): boolean {
    const { concurrency = 1, processing } = this.#context.options;
    if (processing === 'manual') return false;
    return this.#feeders.size >= concurrency && this.#senders + 1 >= concurrency;
  }

  #circle(event: string): CarillonError {
    return new CarillonError(
      'CAR5012',
      `${this.#fullText()}: a message ${event} was refused, because only its own handlers could make room, and they send to it themselves. Raise the limit or the concurrency, or defer to another queue.`,
    );
  }

  #makeRoom(event: string): void {
    const { options, runtime } = this.#context;
    if (options.whenFull !== 'drop-oldest' || this.#store.dropOldest() === undefined)
      throw this.refusal(event);
    runtime.report(
      new CarillonError(
        'CAR5013',
        `${this.#fullText()}: its oldest message was dropped for a message ${event}. Raise the limit.`,
      ),
    );
  }

  #fullText(): string {
    return `Queue "${this.#context.name}" has reached its limit of ${this.#limit}`;
  }
}
