/** The dead letters of a queue, as a program or a person looks after them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { DeadLetterAccess, DeadMessage, InspectedMessage } from './backend.js';
import type { DeadLetterFilter } from './queue-provider.js';

/**
 * What was given up: with its error, and every way on.
 *
 * @example
 * const deadLetters = queue.deadLetters('mail');
 * for (const { id, failure } of await deadLetters.list({ error: 'ECONNREFUSED' })) console.log(id, failure.message);
 * await deadLetters.retry({ error: 'ECONNREFUSED' });
 */
export class DeadLetters {
  readonly #deadLetters: DeadLetterAccess;

  /** Made by the queue: `queue.deadLetters(name)`. */
  constructor(deadLetters: DeadLetterAccess) {
    this.#deadLetters = deadLetters;
  }

  /** The oldest first. */
  async list(filter: DeadLetterFilter = {}): Promise<readonly DeadMessage[]> {
    return this.#deadLetters.list(filter);
  }

  async count(filter: DeadLetterFilter = {}): Promise<number> {
    return this.#deadLetters.count(filter);
  }

  /**
   * One of them with its payload.
   *
   * @throws CarillonError (a rejection) `CAR5014` when there is none of that id
   */
  async inspect(id: string): Promise<InspectedMessage> {
    const deadLetter = await this.#deadLetters.inspect(id);
    if (deadLetter === undefined) throw unknownDeadLetter(id);
    return deadLetter;
  }

  /**
   * Gives it another payload; {@link retry} then sends it.
   *
   * @throws CarillonError (a rejection) `CAR5014` when there is none of that id, `CAR5035` for a payload that is not valid
   */
  async edit(id: string, payload: unknown): Promise<void> {
    if (!(await this.#deadLetters.edit(id, payload))) throw unknownDeadLetter(id);
  }

  /**
   * Sends them again, with no attempt counted.
   *
   * @param which one id, or a filter: `{}` is all
   * @returns how many
   * @throws CarillonError (a rejection) `CAR5016` when one of them is for a handler that nobody knows here; none is sent then
   */
  async retry(which: string | DeadLetterFilter): Promise<number> {
    return this.#deadLetters.retry(filterOf(which));
  }

  /**
   * Forgets them.
   *
   * @param which one id, or a filter: `{}` is all
   * @returns how many
   */
  async drop(which: string | DeadLetterFilter): Promise<number> {
    return this.#deadLetters.drop(filterOf(which));
  }
}

function filterOf(which: string | DeadLetterFilter): DeadLetterFilter {
  return typeof which === 'string' ? { ids: [which] } : which;
}

function unknownDeadLetter(id: string): CarillonError {
  return new CarillonError(
    'CAR5014',
    `There is no dead letter "${id}". It was sent again, dropped, or never there: list them.`,
  );
}

/** @throws CarillonError `CAR5016` when nobody here would do it */
export function checkRedrive(
  isServed: boolean,
  queue: string,
  event: string,
  handler: string | undefined,
): void {
  if (isServed) return;
  throw new CarillonError(
    'CAR5016',
    `A dead letter ${event} of queue "${queue}" has no handler here${handler === undefined ? '' : `: none has the id "${handler}"`}. It was not sent again: bind the handler's class first, or list the id in its previousIds.`,
  );
}
