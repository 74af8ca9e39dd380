/** What a deferred handler says of its work: its stable name, how often it is tried, how long it may take. */
import {
  finite,
  flag,
  kind,
  listOf,
  name,
  needed,
  nested,
  type OptionShape,
  whole,
} from './check-options.js';
import { type Duration, duration } from './duration.js';
import type { OptionSubject } from './option-subject.js';

/** Errors of a class and of those below it, or those with that `code`. */
export type ErrorMatch = (abstract new (...args: never[]) => Error) | string;

/** How the waiting time grows: `delay × factor^(attempt - 1)`, at most `max`, and up to `jitter` of it added at random. */
export interface Backoff {
  /** The time after the first failure. */
  readonly delay: Duration;
  /** Growth per attempt; 1 keeps the delay constant. Default 2. */
  readonly factor?: number;
  /** The longest delay, without what jitter adds. Default one hour. */
  readonly max?: Duration;
  /** The part of the delay that may be added at random, from 0 to 1. It only adds. Default 0.2. */
  readonly jitter?: number;
}

/** How often something is tried. */
export interface RetryOptions {
  /** How often in all, the first time included. Default 3 on a durable queue, 1 in memory. */
  readonly attempts?: number;
  /** The time after the first failure, doubled after each further one; or exactly how it grows. Default `'1s'`. */
  readonly backoff?: Duration | Backoff;
}

/** Another number of attempts, or another backoff, for some errors. */
export interface RetryRule extends RetryOptions {
  /** The class of the error, or its code such as `'ECONNREFUSED'`. */
  readonly error: ErrorMatch;
}

/** A handler that keeps failing gets no messages for a while. They wait, and no attempt is counted. */
export interface BreakerOptions {
  /** The number of failures in a row that opens it. */
  readonly failures: number;
  /** How long it stays open before one trial message. Default `'30s'`. */
  readonly cooldown?: Duration;
}

/** What may be said for one handler, or for all handlers of a queue. */
export interface WorkOptions extends RetryOptions {
  /** Only these are tried again: error classes, codes, or rules with `attempts` and `backoff` of their own. Default all. */
  readonly retryOn?: readonly (ErrorMatch | RetryRule)[];
  /** These are not tried again: error classes, or codes such as `'ENOENT'`. Default none. */
  readonly giveUpOn?: readonly ErrorMatch[];
  /** The time after which the attempt counts as failed and the handler's signal is aborted. Default `Infinity`: no limit. */
  readonly timeout?: Duration;
  /** Stops giving messages to a handler that fails too often in a row. Default none. */
  readonly breaker?: BreakerOptions;
}

/** What names a handler in stored messages. */
export interface StableName {
  /**
   * What stored messages call the handler; unique within its queue. Default the name of its event and the method, `'order.placed/send'`: a
   * method of several events is one handler for each of them, and two classes with that event and method need ids.
   */
  readonly id?: string;
  /** Earlier ids of this handler; messages stored under them still reach it. */
  readonly previousIds?: readonly string[];
  /**
   * A message that was done is not done again when it is delivered once more. It is remembered for a week, or for `window`.
   * Needs a queue with an inbox. Default `false`.
   */
  readonly idempotent?: boolean | { readonly window: Duration };
}

/** How often, how long and after which errors something is tried. */
export const WORK: OptionShape<WorkOptions> = /* @__PURE__ */ (() => {
  const retry: OptionShape<RetryOptions> = {
    attempts: whole({ least: 1 }),
    backoff: nested<Backoff>(
      {
        delay: needed(duration()),
        factor: finite({ least: 1 }),
        max: duration(),
        jitter: finite({ most: 1 }),
      },
      duration(),
    ),
  };
  const match = kind(isMatch, 'an error class, or the code of an error');
  const rule = nested<RetryRule>({ ...retry, error: needed(match) }, match);
  return {
    ...retry,
    retryOn: listOf(rule),
    giveUpOn: listOf(match),
    timeout: duration({ above: 0, unlimited: true }),
    breaker: nested<BreakerOptions>({
      failures: needed(whole({ least: 1 })),
      cooldown: duration(),
    }),
  };
})();

function isMatch(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'string' && value !== '');
}

/** Checks and compares {@link WorkOptions} and {@link StableName}. */
export const workSubject: OptionSubject<WorkOptions & StableName> = {
  shape: /* @__PURE__ */ (() => ({
    ...WORK,
    id: name(),
    previousIds: listOf(name()),
    idempotent: nested<{ window: Duration }>({ window: needed(duration({ above: 0 })) }, flag()),
  }))(),
  parts: ({
    attempts,
    backoff,
    retryOn,
    giveUpOn,
    timeout,
    breaker,
    id,
    previousIds,
    idempotent,
  }) => [
    attempts,
    JSON.stringify([backoff, breaker, idempotent, previousIds]),
    timeout,
    id,
    ...(retryOn ?? []),
    undefined,
    ...(giveUpOn ?? []),
  ],
};
