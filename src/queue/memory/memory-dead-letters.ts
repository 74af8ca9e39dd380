/** What can be done with the dead letters of a queue in memory. */
import { eventName } from '../../../decorators/event-key.js';
import type { DeadLetterAccess, DeadMessage, InspectedMessage } from '../backend.js';
import { checkRedrive } from '../dead-letters.js';
import type { DeferredHandlers } from '../deferred-handlers.js';
import type { DeadLetterFilter } from '../queue-provider.js';
import type { MemoryDeadLetter } from './dead-letter-list.js';
import type { MessageStore } from './message-store.js';

export class MemoryDeadLetters implements DeadLetterAccess {
  constructor(
    private readonly name: string,
    private readonly queue: MessageStore,
    private readonly directory: DeferredHandlers,
    private readonly wake: () => void,
  ) {}

  async list(filter: DeadLetterFilter): Promise<DeadMessage[]> {
    return this.queue.deadLetters.list(filter).map((letter) => this.#shown(letter));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return this.queue.deadLetters.list(filter).length;
  }

  async inspect(id: string): Promise<InspectedMessage | undefined> {
    const [letter] = this.queue.deadLetters.list({ ids: [id] });
    return letter && { ...this.#shown(letter), payload: letter.message.payload, body: undefined };
  }

  async edit(id: string, payload: unknown): Promise<boolean> {
    const [letter] = this.queue.deadLetters.list({ ids: [id] });
    if (letter !== undefined) letter.message.payload = payload;
    return letter !== undefined;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    for (const { message } of this.queue.deadLetters.list(filter)) {
      const isServed = message.target !== undefined || this.directory.route(message.key).length > 0;
      checkRedrive(isServed, this.name, eventName(message.key), message.target?.id);
    }
    const letters = this.queue.deadLetters.take(filter);
    for (const { message } of letters) {
      message.attempt = 0;
      this.queue.push(message);
    }
    this.wake();
    return letters.length;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.queue.deadLetters.take(filter).length;
  }

  #shown({ message, reason, failure, diedAt }: MemoryDeadLetter): DeadMessage {
    const { id, target, key, attempt, enqueuedAt } = message;
    return {
      id,
      queue: this.name,
      handler: target?.id,
      event: eventName(key),
      reason,
      failure,
      attempt,
      enqueuedAt: new Date(enqueuedAt),
      diedAt: new Date(diedAt),
    };
  }
}
