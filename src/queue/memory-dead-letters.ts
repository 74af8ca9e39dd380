/** What can be done with the dead letters of a queue in memory. */
import { eventName } from '../../decorators/event-name.js';
import type { DeadMessage, InspectedMessage, Letters } from './channel.js';
import { checkRedrive } from './check-redrive.js';
import type { Directory } from './directory.js';
import type { MemoryLetter } from './memory-letters.js';
import type { MemoryQueue } from './memory-queue.js';
import type { DeadLetterFilter } from './queue-provider.js';

export class MemoryDeadLetters implements Letters {
  constructor(
    private readonly name: string,
    private readonly queue: MemoryQueue,
    private readonly directory: Directory,
    private readonly wake: () => void,
  ) {}

  async list(filter: DeadLetterFilter): Promise<DeadMessage[]> {
    return this.queue.letters.list(filter).map((letter) => this.#shown(letter));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return this.queue.letters.list(filter).length;
  }

  async inspect(id: string): Promise<InspectedMessage | undefined> {
    const [letter] = this.queue.letters.list({ ids: [id] });
    return letter && { ...this.#shown(letter), payload: letter.message.payload, body: undefined };
  }

  async edit(id: string, payload: unknown): Promise<boolean> {
    const [letter] = this.queue.letters.list({ ids: [id] });
    if (letter !== undefined) letter.message.payload = payload;
    return letter !== undefined;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    for (const { message } of this.queue.letters.list(filter)) {
      const isServed = message.target !== undefined || this.directory.route(message.key).length > 0;
      checkRedrive(isServed, this.name, eventName(message.key), message.target?.id);
    }
    const letters = this.queue.letters.take(filter);
    for (const { message } of letters) {
      message.attempt = 0;
      this.queue.push(message);
    }
    this.wake();
    return letters.length;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.queue.letters.take(filter).length;
  }

  #shown({ message, reason, failure, diedAt }: MemoryLetter): DeadMessage {
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
