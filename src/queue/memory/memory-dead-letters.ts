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
    private readonly store: MessageStore,
    private readonly deferredHandlers: DeferredHandlers,
    private readonly wake: () => void,
  ) {}

  async list(filter: DeadLetterFilter): Promise<DeadMessage[]> {
    return this.store.deadLetters.list(filter).map((deadLetter) => this.#shown(deadLetter));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return this.store.deadLetters.list(filter).length;
  }

  async inspect(id: string): Promise<InspectedMessage | undefined> {
    const [deadLetter] = this.store.deadLetters.list({ ids: [id] });
    return (
      deadLetter && {
        ...this.#shown(deadLetter),
        payload: deadLetter.message.payload,
        body: undefined,
      }
    );
  }

  async edit(id: string, payload: unknown): Promise<boolean> {
    const [deadLetter] = this.store.deadLetters.list({ ids: [id] });
    if (deadLetter !== undefined) deadLetter.message.payload = payload;
    return deadLetter !== undefined;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    for (const { message } of this.store.deadLetters.list(filter)) {
      const isServed =
        message.recipient !== undefined || this.deferredHandlers.route(message.key).length > 0;
      checkRedrive(isServed, this.name, eventName(message.key), message.recipient?.id);
    }
    const deadLetters = this.store.deadLetters.take(filter);
    for (const { message } of deadLetters) {
      message.attempt = 0;
      this.store.push(message);
    }
    this.wake();
    return deadLetters.length;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.store.deadLetters.take(filter).length;
  }

  #shown({ message, reason, failure, diedAt }: MemoryDeadLetter): DeadMessage {
    const { id, recipient, key, attempt, enqueuedAt } = message;
    return {
      id,
      queue: this.name,
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
