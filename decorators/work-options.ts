/** What a deferred handler says of its work: its stable name, how often it is tried, how long it may take. */
import { shownValue } from './event-key.js';
import type { OptionSubject } from './option-subject.js';

/** Errors of a class and of those below it, or those with that `code`. */
export type ErrorMatch = (abstract new (...args: never[]) => Error) | string;

/** How the waiting time grows: `delay × factor^(attempt - 1)`, at most `max`, and up to `jitter` of it added at random. */
export interface Backoff {
  /** Milliseconds after the first failure. */
  readonly delay: number;
  /** 1 is always the same. Default 2. */
  readonly factor?: number;
  /** Milliseconds, without what jitter adds. Default 3,600,000: an hour. */
  readonly max?: number;
  /** From 0 to 1: the part of it that may be added. It only adds. Default 0.2. */
  readonly jitter?: number;
}

/** How often something is tried. */
export interface RetryOptions {
  /** How often in all, the first time included. Default 3 on a durable queue, 1 in memory. */
  readonly attempts?: number;
  /** Milliseconds after the first failure, doubled after each other; or more exactly. Default 1000. */
  readonly backoff?: number | Backoff;
}

/** Another number of attempts, or another backoff, for some errors. */
export interface RetryRule extends RetryOptions {
  readonly error: ErrorMatch;
}

/** A handler that keeps failing is left alone for a while; its messages wait, and no attempt is counted. */
export interface BreakerOptions {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** Milliseconds, after which one message is tried. Default 30,000. */
  readonly cooldown?: number;
}

/** What may be said for one handler, or for all handlers of a queue. */
export interface WorkOptions extends RetryOptions {
  /** Only these are tried again. Default all. */
  readonly retryOn?: readonly (ErrorMatch | RetryRule)[];
  /** These are not tried again. */
  readonly giveUpOn?: readonly ErrorMatch[];
  /** Milliseconds, after which the attempt counts as failed and the handler's signal is aborted. Default none. */
  readonly timeout?: number;
  /** Default none. */
  readonly breaker?: BreakerOptions;
}

/** What names a handler in stored messages. */
export interface StableName {
  /** What stored messages call the handler; unique within its queue. Default `'Class.method'`. */
  readonly id?: string;
  /** Names that it had: messages that are stored under them are still its. */
  readonly previousIds?: readonly string[];
  /**
   * A message that was done is not done again when it is delivered once more. It is remembered for a week, or so many milliseconds.
   * Needs a queue with an inbox.
   */
  readonly idempotent?: boolean | { readonly window: number };
}

/** Checks and compares {@link WorkOptions} and {@link StableName}. */
export const workSubject: OptionSubject<WorkOptions & StableName> = {
  fault(options) {
    const fault = nameFault(options) ?? workFault(options);
    return fault === undefined ? undefined : `has ${fault}.`;
  },
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

/** What is wrong with them, for an error: `attempts: 0. Give …`. */
export function workFault({
  attempts,
  backoff,
  retryOn,
  giveUpOn,
  timeout,
  breaker,
}: WorkOptions): string | undefined {
  return (
    retryFault({ attempts, backoff } as RetryOptions) ??
    matchFault('retryOn', retryOn) ??
    matchFault('giveUpOn', giveUpOn) ??
    numberFault('timeout', timeout, 1) ??
    (breaker === undefined
      ? undefined
      : (countFault('breaker.failures', breaker?.failures) ??
        numberFault('breaker.cooldown', breaker.cooldown, 0)))
  );
}

function nameFault({ id, previousIds = [], idempotent }: StableName): string | undefined {
  for (const name of [...(id === undefined ? [] : [id]), ...previousIds]) {
    if (typeof name !== 'string' || name.trim() === '')
      return `the id ${shownValue(name)}. Give a text that is not empty`;
  }
  return typeof idempotent === 'object'
    ? numberFault('idempotent.window', idempotent?.window ?? Number.NaN, 1)
    : undefined;
}

function retryFault({ attempts, backoff }: RetryOptions): string | undefined {
  const { delay, factor, max, jitter } =
    typeof backoff === 'object' && backoff !== null ? backoff : { delay: backoff };
  return (
    (attempts === undefined ? undefined : countFault('attempts', attempts)) ??
    numberFault('backoff', delay, 0) ??
    numberFault('backoff.factor', factor, 1) ??
    numberFault('backoff.max', max, 0) ??
    numberFault('backoff.jitter', jitter, 0, 1)
  );
}

function matchFault(
  option: string,
  rules: readonly (ErrorMatch | RetryRule)[] | undefined,
): string | undefined {
  if (rules === undefined) return undefined;
  if (!Array.isArray(rules)) return `${option}: ${shownValue(rules)}. Give a list of error classes`;
  for (const rule of rules) {
    const match = typeof rule === 'object' && rule !== null ? (rule as RetryRule).error : rule;
    if (typeof match !== 'function' && typeof match !== 'string') {
      return `${option} with ${shownValue(match)}. Give error classes or codes`;
    }
    const fault = match === rule ? undefined : retryFault(rule as RetryRule);
    if (fault !== undefined) return `${option} with ${fault}`;
  }
  return undefined;
}

function countFault(option: string, value: unknown): string | undefined {
  return Number.isInteger(value) && (value as number) >= 1
    ? undefined
    : `${option}: ${shownValue(value)}. Give a whole number, 1 or more`;
}

function numberFault(
  option: string,
  value: unknown,
  least: number,
  most = Number.MAX_VALUE,
): string | undefined {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most))
    return undefined;
  const upTo = most === Number.MAX_VALUE ? ' or more' : ` to ${most}`;
  return `${option}: ${shownValue(value)}. Give a number, ${least}${upTo}`;
}
