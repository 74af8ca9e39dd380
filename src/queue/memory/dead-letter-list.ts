/** The dead letters of a queue in memory. */
import { eventName } from '../../../decorators/event-key.js';
import { matchesFilter } from '../dead-letter-filter.js';
import type { DeadLetterFilter, DeathReason, Failure } from '../queue-provider.js';
import type { MemoryMessage } from './memory-message.js';

/** A message that was given up. */
export interface MemoryDeadLetter {
  readonly message: MemoryMessage;
  readonly reason: DeathReason;
  readonly failure: Failure;
  readonly diedAt: number;
}

/** Bounded: the oldest is dropped first. */
export class DeadLetterList {
  readonly #deadLetters = new Set<MemoryDeadLetter>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#deadLetters.size;
  }

  /** @returns the dead letter that was dropped to make room */
  add(deadLetter: MemoryDeadLetter): MemoryDeadLetter | undefined {
    this.#deadLetters.add(deadLetter);
    if (this.#deadLetters.size <= this.#limit) return undefined;
    const oldest = this.#deadLetters.values().next().value as MemoryDeadLetter;
    this.#deadLetters.delete(oldest);
    return oldest;
  }

  /** The oldest first. */
  list(filter: DeadLetterFilter): MemoryDeadLetter[] {
    return [...this.#deadLetters]
      .filter((deadLetter) => matches(deadLetter, filter))
      .slice(0, filter.limit);
  }

  /** Removes and returns them, the oldest first. */
  take(filter: DeadLetterFilter): MemoryDeadLetter[] {
    const taken = this.list(filter);
    for (const deadLetter of taken) this.#deadLetters.delete(deadLetter);
    return taken;
  }
}

function matches({ message, reason, failure, diedAt }: MemoryDeadLetter, filter: DeadLetterFilter) {
  const { key, recipient } = message;
  // Reading the id makes it.
  const id = filter.ids === undefined ? '' : message.id;
  const facts = { id, event: eventName(key), handler: recipient?.id, reason, failure };
  return matchesFilter({ ...facts, died: diedAt }, filter);
}
