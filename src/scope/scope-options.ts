/** How a scope is opened, and how it is ended. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { Delivery } from '../../decorators/delivery.js';

/** How a scope is opened. */
export interface ScopeOptions {
  /** What errors and reports show. Default `'scope'`. */
  readonly name?: string;
  /** Milliseconds that its end waits for what is running. Default that of the parent; 5000 at the top. */
  readonly drain?: number;
  /**
   * Milliseconds that its end waits for what is still running after that, from the moment on in which their signals are aborted.
   * Default that of the parent; 1000 at the top.
   */
  readonly abort?: number;
  /** Keeps the events that are emitted here, for `history()` and for handlers with `replay`: all of them, or the latest so many. Default `false`. */
  readonly record?: boolean | number;
}

/** How a scope is ended. */
export interface DisposeOptions {
  /** Milliseconds to wait for what is running, before its signals are aborted. Default the scope's own. */
  readonly drain?: number;
  /** Milliseconds to wait for it after that. Default the scope's own. */
  readonly abort?: number;
  /**
   * The delivery of the handler that asks: it is not waited for. Within the handler's own turn that is known; after an `await` only with
   * `asyncContext()` of `carillon/node`, or by this.
   */
  readonly delivery?: Delivery;
}

/** How long an end waits, in milliseconds: first for what runs, then for it with its signals aborted. */
export interface Patience {
  readonly drain: number;
  readonly abort: number;
}

const DEFAULT_PATIENCE: Patience = { drain: 5000, abort: 1000 };

/**
 * The patience that the options ask for; what they leave out is inherited.
 *
 * @throws CarillonError `CAR7001` for what is no time
 */
export function patienceOf(
  options: DisposeOptions | ScopeOptions,
  inherited: Patience = DEFAULT_PATIENCE,
): Patience {
  const drain = checkTime('drain', options.drain);
  const abort = checkTime('abort', options.abort);
  if (drain === undefined && abort === undefined) return inherited;
  return { drain: drain ?? inherited.drain, abort: abort ?? inherited.abort };
}

function checkTime(option: string, time: number | undefined): number | undefined {
  if (time === undefined || (typeof time === 'number' && time >= 0)) return time;
  throw new CarillonError(
    'CAR7001',
    `The ${option} time ${String(time)} is no time. Give milliseconds, 0 or more.`,
  );
}

/**
 * How many events are recorded.
 *
 * @throws CarillonError `CAR7001` for what is no number of them
 */
export function recordLimit({ record }: ScopeOptions): number {
  if (record === true) return Number.POSITIVE_INFINITY;
  if (record === undefined || record === false) return 0;
  if (Number.isInteger(record) && record >= 0) return record;
  throw new CarillonError(
    'CAR7001',
    `The scope's record is ${String(record)}. Give true, or how many events to keep.`,
  );
}
