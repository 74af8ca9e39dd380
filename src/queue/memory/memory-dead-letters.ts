/** What can be done with the dead letters of a queue in memory. */
import { eventName } from '../../../decorators/event-key.js';
import type { DeadLetterAccess, DeadMessage, InspectedMessage } from '../backend.js';
import { unservedError } from '../dead-letters.js';
import type { DeferredHandlers } from '../deferred-handlers.js';
import type { DeadLetterFilter } from '../queue-provider.js';
import type { MemoryDeadLetter } from './dead-letter-list.js';
import type { MemoryMessage } from './memory-message.js';
import type { MessageStore } from './message-store.js';
import type { WirePayloads } from './wire-payloads.js';

/** What they need of their queue. */
interface DeadLetterParts {
  readonly queue: string;
  readonly store: MessageStore;
  readonly deferredHandlers: DeferredHandlers;
  readonly wire: WirePayloads | undefined;
  readonly wake: () => void;
}

export class MemoryDeadLetters implements DeadLetterAccess {
  readonly #queue: string;
  readonly #store: MessageStore;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #wire: WirePayloads | undefined;
  readonly #wake: () => void;

  constructor({ queue, store, deferredHandlers, wire, wake }: DeadLetterParts) {
    this.#queue = queue;
    this.#store = store;
    this.#deferredHandlers = deferredHandlers;
    this.#wire = wire;
    this.#wake = wake;
  }

  async list(filter: DeadLetterFilter): Promise<DeadMessage[]> {
    return this.#store.deadLetters.list(filter).map((deadLetter) => this.#shown(deadLetter));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return this.#store.deadLetters.list(filter).length;
  }

  async inspect(id: string): Promise<InspectedMessage | undefined> {
    const deadLetter = this.#find(id);
    if (deadLetter === undefined) return undefined;
    const { key, payload } = deadLetter.message;
    const shown = this.#wire === undefined ? payload : await this.#wire.read(key, payload);
    return { ...this.#shown(deadLetter), payload: shown, body: undefined };
  }

  async edit(id: string, payload: unknown): Promise<boolean> {
    const deadLetter = this.#find(id);
    if (deadLetter === undefined) return false;
    const { message } = deadLetter;
    message.payload =
      this.#wire === undefined ? payload : await this.#wire.write(message.key, payload);
    return true;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    const { deadLetters } = this.#store;
    for (const { message } of deadLetters.list(filter)) {
      if (!this.#isServed(message)) throw unservedError(this.#queue, eventName(message.key));
    }
    const taken = deadLetters.take(filter);
    for (const { message } of taken) {
      message.attempt = 0;
      this.#store.push(message);
    }
    this.#wake();
    return taken.length;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.#store.dropDeadLetters(filter);
  }

  #find(id: string): MemoryDeadLetter | undefined {
    return this.#store.deadLetters.list({ ids: [id] })[0];
  }

  /** A handler stays known after its end, so a message that has one will be taken. */
  #isServed({ key, recipient }: MemoryMessage): boolean {
    return (
      recipient !== undefined || this.#deferredHandlers.recipientsIn(this.#queue, key).length > 0
    );
  }

  #shown({ message, reason, failure, diedAt }: MemoryDeadLetter): DeadMessage {
    const { id, recipient, key, attempt, enqueuedAt } = message;
    return {
      id,
      queue: this.#queue,
      handler: recipient?.id,
      event: eventName(key),
      reason,
      failure,
      attempt,
      enqueuedAt: new Date(enqueuedAt),
      diedAt: new Date(diedAt),
    };
  }
}
