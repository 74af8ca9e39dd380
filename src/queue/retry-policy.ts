/** When a failed message is tried again, and the error that rules it out. */

import { type Duration, milliseconds } from '../../decorators/duration.js';
import type { Backoff, ErrorMatch, RetryRule, WorkOptions } from '../../decorators/work-options.js';

import { isThrown, textOfThrown } from '../events/describe-thrown.js';

/** The longest backoff by default, in milliseconds: an hour. */
const MAX_BACKOFF = 3_600_000;

/** Attempts in a durable queue, where nobody gives a number. */
export const DURABLE_ATTEMPTS = 3;

/**
 * Thrown by a deferred handler: its message becomes a dead letter at once, however many attempts are left.
 *
 * @example
 * if (account.closed) throw new UnrecoverableError(`account ${account.id} is closed`);
 */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
  /** @internal Known by every copy of the package in the program. */
  readonly isUnrecoverable = true;
}

/** Never throws, whatever was thrown. */
function isUnrecoverable(error: unknown): boolean {
  try {
    return (error as Partial<UnrecoverableError> | null | undefined)?.isUnrecoverable === true;
  } catch {
    return false;
  }
}

/** The retries of one handler: its own options, or else those of its queue. */
export class RetryPolicy {
  /** Attempts for an error that no rule names. */
  readonly attempts: number;
  readonly #growth: Growth;
  readonly #rules: readonly Rule[] | undefined;
  readonly #giveUpOn: readonly ErrorMatch[];

  /** @param attempts for a handler and a queue that give no number */
  constructor(own: WorkOptions, queue: WorkOptions, attempts: number) {
    this.attempts = own.attempts ?? queue.attempts ?? attempts;
    this.#growth = growthOf(own.backoff ?? queue.backoff ?? 1000);
    this.#rules = (own.retryOn ?? queue.retryOn)?.map(ruleOf);
    this.#giveUpOn = own.giveUpOn ?? queue.giveUpOn ?? [];
  }

  /** The largest number of attempts of any rule: a message that is given out more often has killed its worker. */
  get maxAttempts(): number {
    return Math.max(this.attempts, ...(this.#rules ?? []).map((rule) => rule.attempts ?? 1));
  }

  /** Milliseconds until the next attempt; `undefined` when the message is given up. */
  next(error: unknown, attempt: number): number | undefined {
    if (isUnrecoverable(error) || this.#giveUpOn.some((match) => matches(error, match)))
      return undefined;
    const rule = this.#rules?.find((candidate) => matches(error, candidate.error));
    if (this.#rules !== undefined && rule === undefined) return undefined;
    return attempt < (rule?.attempts ?? this.attempts)
      ? waitAfter(attempt, rule?.growth ?? this.#growth)
      : undefined;
  }
}

/** A complete backoff, in milliseconds. */
type Growth = Required<Readonly<Record<keyof Backoff, number>>>;

/** The retries after some errors; undefined fields are those of all other errors. */
interface Rule {
  readonly error: ErrorMatch;
  readonly attempts: number | undefined;
  readonly growth: Growth | undefined;
}

/** Exponential; jitter only adds, so that no attempt comes early. */
function waitAfter(attempt: number, { delay, factor, max, jitter }: Growth): number {
  // No delay stays none, however large the factor has become.
  const wait = delay === 0 ? 0 : Math.min(max, delay * factor ** (attempt - 1));
  return Math.ceil(wait * (1 + jitter * Math.random()));
}

function growthOf(backoff: Duration | Backoff): Growth {
  const {
    delay,
    factor = 2,
    max = MAX_BACKOFF,
    jitter = 0.2,
  } = typeof backoff === 'object' ? backoff : { delay: backoff };
  return { delay: milliseconds(delay), factor, max: milliseconds(max), jitter };
}

function ruleOf(given: ErrorMatch | RetryRule): Rule {
  const { error, attempts, backoff }: RetryRule =
    typeof given === 'object' ? given : { error: given };
  return { error, attempts, growth: backoff === undefined ? undefined : growthOf(backoff) };
}

function matches(error: unknown, match: ErrorMatch): boolean {
  return typeof match === 'function'
    ? isThrown(error, match)
    : textOfThrown(error, 'code') === match;
}
