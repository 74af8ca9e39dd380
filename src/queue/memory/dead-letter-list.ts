/** The dead letters of a queue in memory. */
import { eventName } from '../../../decorators/event-key.js';
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

  add(deadLetter: MemoryDeadLetter): void {
    this.#deadLetters.add(deadLetter);
    if (this.#deadLetters.size <= this.#limit) return;
    for (const oldest of this.#deadLetters) {
      this.#deadLetters.delete(oldest);
      return;
    }
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

function matches(
  { message, reason, failure, diedAt }: MemoryDeadLetter,
  filter: DeadLetterFilter,
): boolean {
  return (
    (filter.ids === undefined || filter.ids.includes(message.id)) &&
    (filter.event === undefined || filter.event === eventName(message.key)) &&
    (filter.handler === undefined || filter.handler === message.recipient?.id) &&
    (filter.reason === undefined || filter.reason === reason) &&
    (filter.error === undefined || isError(failure, filter.error)) &&
    (filter.since === undefined || diedAt >= filter.since.getTime()) &&
    (filter.before === undefined || diedAt < filter.before.getTime())
  );
}

/** Whether the text is the error's name or code, or a part of its message. */
export function isError({ name, code, message }: Failure, wanted: string): boolean {
  return name === wanted || code === wanted || message.includes(wanted);
}
