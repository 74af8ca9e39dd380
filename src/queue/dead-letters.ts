/** The dead letters of a queue: list, inspect, edit, send again and drop them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  checkOptions,
  kind,
  listOf,
  name,
  type OptionShape,
  oneOf,
  whole,
} from '../../decorators/check-options.js';
import type { DeadLetterAccess, DeadMessage, InspectedMessage } from './backend.js';
import type { DeadLetterFilter } from './queue-provider.js';

/**
 * The messages of a queue that were given up, each with its error.
 *
 * @example
 * const deadLetters = queue.deadLetters('mail');
 * for (const { id, failure } of await deadLetters.list({ error: 'ECONNREFUSED' })) console.log(id, failure.message);
 * await deadLetters.retry({ error: 'ECONNREFUSED' });
 */
export class DeadLetters {
  readonly #access: DeadLetterAccess;

  /** Made by the queue: `queue.deadLetters(name)`. */
  constructor(access: DeadLetterAccess) {
    this.#access = access;
  }

  /**
   * The oldest first.
   *
   * @param filter which ones; default all
   * @throws CarillonError (a rejection) `CAR5015` for an invalid filter
   */
  async list(filter: DeadLetterFilter = {}): Promise<readonly DeadMessage[]> {
    return this.#access.list(filterOf(filter));
  }

  /**
   * How many there are.
   *
   * @param filter which ones; default all
   * @throws CarillonError (a rejection) `CAR5015` for an invalid filter
   */
  async count(filter: DeadLetterFilter = {}): Promise<number> {
    return this.#access.count(filterOf(filter));
  }

  /**
   * One dead letter with its payload.
   *
   * @param id from {@link list}
   * @throws CarillonError (a rejection) `CAR5014` when no dead letter has that id
   */
  async inspect(id: string): Promise<InspectedMessage> {
    const deadLetter = await this.#access.inspect(id);
    if (deadLetter === undefined) throw unknownDeadLetter(id);
    return deadLetter;
  }

  /**
   * Replaces the payload; {@link retry} then sends it.
   *
   * @param id from {@link list}
   * @param payload takes the place of the old one; an instance of the event class, or the token's or topic's payload
   * @throws CarillonError (a rejection) `CAR5014` when no dead letter has that id, `CAR5035` for an invalid payload
   */
  async edit(id: string, payload: unknown): Promise<void> {
    if (!(await this.#access.edit(id, payload))) throw unknownDeadLetter(id);
  }

  /**
   * Sends dead letters again, with no attempt counted.
   *
   * @param which an id, or a filter; `{}` means all
   * @returns how many
   * @throws CarillonError (a rejection) `CAR5016` when one of them has no handler here; none is sent then
   */
  async retry(which: string | DeadLetterFilter): Promise<number> {
    return this.#access.retry(filterOf(which));
  }

  /**
   * Deletes dead letters.
   *
   * @param which an id, or a filter; `{}` means all
   * @returns how many
   */
  async drop(which: string | DeadLetterFilter): Promise<number> {
    return this.#access.drop(filterOf(which));
  }
}

/** A misspelt filter would be one that lets all through. */
function filterOf(which: string | DeadLetterFilter): DeadLetterFilter {
  if (typeof which === 'string') return { ids: [which] };
  checkOptions('CAR5015', 'A filter of dead letters', FILTER, which);
  return which;
}

const FILTER: OptionShape<DeadLetterFilter> = /* @__PURE__ */ (() => {
  const date = kind(
    (value) => value instanceof Date && !Number.isNaN(value.getTime()),
    'a valid Date',
  );
  return {
    ids: listOf(name()),
    event: name(),
    handler: name(),
    reason: oneOf(
      'failed',
      'unreadable',
      'unknown handler',
      'absent handler',
      'expired',
      'killed its worker',
    ),
    error: name(),
    since: date,
    before: date,
    limit: whole(),
  };
})();

function unknownDeadLetter(id: string): CarillonError {
  return new CarillonError(
    'CAR5014',
    `There is no dead letter "${id}". It was sent again, dropped, or never there: list them.`,
  );
}

/** `CAR5016`: a dead letter is not sent again where no handler would take it. */
export function unservedError(
  queue: string,
  event: string,
  handler?: string | undefined,
): CarillonError {
  return new CarillonError(
    'CAR5016',
    `A dead letter ${event} of queue "${queue}" has no handler here${handler === undefined ? '' : `: none has the id "${handler}"`}. It was not sent again: bind the handler's class first, or list the id in its previousIds.`,
  );
}
