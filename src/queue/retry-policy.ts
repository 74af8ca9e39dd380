/** When a message that has failed is tried again. */
import { type Duration, milliseconds } from '../../decorators/duration.js';
import type { Backoff, ErrorMatch, RetryRule, WorkOptions } from '../../decorators/work-options.js';

const HOUR = 3_600_000;

/** How the waiting time grows, in milliseconds. */
type Growth = Required<Readonly<Record<keyof Backoff, number>>>;

/** How often and when a message is tried again after some errors; what is left out is that of all others. */
interface Rule {
  readonly error: ErrorMatch;
  readonly attempts: number | undefined;
  readonly growth: Growth | undefined;
}

/** How one handler's failures are answered: what it says, and for the rest what its queue says. */
export class RetryPolicy {
  /** How often a message is tried when nothing is said of its error. */
  readonly attempts: number;
  readonly #growth: Growth;
  readonly #rules: readonly Rule[] | undefined;
  readonly #giveUpOn: readonly ErrorMatch[];

  constructor(own: WorkOptions, queue: WorkOptions, attempts: number) {
    this.attempts = own.attempts ?? queue.attempts ?? attempts;
    this.#growth = growthOf(own.backoff ?? queue.backoff ?? 1000);
    this.#rules = (own.retryOn ?? queue.retryOn)?.map(ruleOf);
    this.#giveUpOn = own.giveUpOn ?? queue.giveUpOn ?? [];
  }

  /** The most that any rule allows: what is given out more often has killed its worker. */
  get maxAttempts(): number {
    return Math.max(this.attempts, ...(this.#rules ?? []).map((rule) => rule.attempts ?? 1));
  }

  /** In how many milliseconds it is tried again after that attempt; `undefined` when it is given up. */
  next(error: unknown, attempt: number): number | undefined {
    if (
      error instanceof UnrecoverableError ||
      this.#giveUpOn.some((match) => matches(error, match))
    )
      return undefined;
    const rule = this.#rules?.find((candidate) => matches(error, candidate.error));
    if (this.#rules !== undefined && rule === undefined) return undefined;
    return attempt < (rule?.attempts ?? this.attempts)
      ? waitAfter(attempt, rule?.growth ?? this.#growth)
      : undefined;
  }
}

/** Exponential, and jitter only adds: nothing comes earlier than it was promised. */
function waitAfter(attempt: number, { delay, factor, max, jitter }: Growth): number {
  const wait = Math.min(max, delay * factor ** (attempt - 1));
  return Math.ceil(wait * (1 + jitter * Math.random()));
}

function growthOf(backoff: Duration | Backoff): Growth {
  const {
    delay,
    factor = 2,
    max = HOUR,
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
  if (typeof match === 'function') return error instanceof match;
  return (
    typeof error === 'object' && error !== null && (error as { code?: unknown }).code === match
  );
}

/**
 * Thrown by a deferred handler: its message goes to the dead letters at once, however many attempts are left.
 *
 * @example
 * if (account.closed) throw new UnrecoverableError(`account ${account.id} is closed`);
 */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
}
