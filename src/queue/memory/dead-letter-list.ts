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

/** Bounded: the oldest is forgotten first. */
export class DeadLetterList {
  readonly #letters = new Set<MemoryDeadLetter>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#letters.size;
  }

  add(letter: MemoryDeadLetter): void {
    this.#letters.add(letter);
    if (this.#letters.size <= this.#limit) return;
    for (const oldest of this.#letters) {
      this.#letters.delete(oldest);
      return;
    }
  }

  /** The oldest first. */
  list(filter: DeadLetterFilter): MemoryDeadLetter[] {
    return [...this.#letters].filter((letter) => matches(letter, filter)).slice(0, filter.limit);
  }

  /** Takes them out. */
  take(filter: DeadLetterFilter): MemoryDeadLetter[] {
    const taken = this.list(filter);
    for (const letter of taken) this.#letters.delete(letter);
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
    (filter.handler === undefined || filter.handler === message.target?.id) &&
    (filter.reason === undefined || filter.reason === reason) &&
    (filter.error === undefined || isError(failure, filter.error)) &&
    (filter.since === undefined || diedAt >= filter.since.getTime()) &&
    (filter.before === undefined || diedAt < filter.before.getTime())
  );
}

/** The name or the code of the error, or a part of its message. */
export function isError({ name, code, message }: Failure, wanted: string): boolean {
  return name === wanted || code === wanted || message.includes(wanted);
}
