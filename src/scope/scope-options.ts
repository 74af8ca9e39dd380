/** How a scope is opened, and how it is ended. */
import {
  isOptions,
  isWhole,
  kind,
  knownFault,
  type OptionShape,
  refuseFault,
} from '../../decorators/check-options.js';
import type { Delivery } from '../../decorators/delivery.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';

/** How a scope is opened. */
export interface ScopeOptions {
  /** Its name in errors and reports. Default `'scope'`. */
  readonly name?: string;
  /** How long its end waits for running handlers and leases; `Infinity` for no limit. Default the parent's; `'5s'` at the top. */
  readonly drain?: Duration;
  /**
   * How long its end waits after that for handlers that are still running and whose signals are aborted then; `Infinity` for no limit.
   * Default the parent's; `'1s'` at the top.
   */
  readonly abort?: Duration;
  /** Records the events that are emitted here, for `history()` and for handlers with `replay`: all, or that many of the latest. Default `false`. */
  readonly record?: boolean | number;
}

/** Among the options of a scope: whoever opens it holds it until its end, so its parent may hold it as well. */
export const HELD = /* @__PURE__ */ Symbol('held');

/** The options of a scope that is held until its end. */
export interface HeldScopeOptions extends ScopeOptions {
  readonly [HELD]: true;
}

/** Whether the scope is held until its end. */
export function isHeld(options: ScopeOptions): boolean {
  return HELD in options;
}

/** How a scope is ended. */
export interface DisposeOptions {
  /** How long to wait for running handlers and leases. Default the scope's own. */
  readonly drain?: Duration;
  /** How long to wait after that, once their signals are aborted. Default the scope's own. */
  readonly abort?: Duration;
  /**
   * The delivery of the handler that ends the scope: the end does not wait for it. Needed only after an `await` in the handler, and not with
   * `asyncContext()` of `carillon/node`. Default none.
   */
  readonly delivery?: Delivery;
}

const TIME = /* @__PURE__ */ duration({ unlimited: true });

const RECORD = /* @__PURE__ */ kind(
  (value) => typeof value === 'boolean' || isWhole(value, { unlimited: true }),
  'true, false, or how many events to keep',
);

/** What a scope takes. */
export const SCOPE: OptionShape<ScopeOptions> = /* @__PURE__ */ (() => ({
  name: kind((value) => typeof value === 'string', 'text'),
  drain: TIME,
  abort: TIME,
  record: RECORD,
}))();

/**
 * Checks the options of a scope, whatever else is among them.
 *
 * @throws CarillonError `CAR7001`
 */
export function checkScope(options: ScopeOptions): void {
  // Nearly every scope has a name and nothing else.
  if (isOptions(options)) {
    const { name, drain, abort, record } = options;
    const isPlain = drain === undefined && abort === undefined && record === undefined;
    if (isPlain && (name === undefined || typeof name === 'string')) return;
  }
  refuseFault('CAR7001', 'A scope', knownFault(SCOPE, options));
}

/** What the end of a scope takes. */
export const DISPOSAL: OptionShape<DisposeOptions> = /* @__PURE__ */ (() => ({
  drain: TIME,
  abort: TIME,
  delivery: kind(isObject, 'the delivery that the handler was given'),
}))();

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** How long an end waits, in milliseconds: first for what runs, then for it with its signals aborted. */
export interface Patience {
  readonly drain: number;
  readonly abort: number;
}

const DEFAULT_PATIENCE: Patience = { drain: 5000, abort: 1000 };

/** The patience that the options ask for; what they leave out is inherited. */
export function patienceOf(
  { drain, abort }: DisposeOptions | ScopeOptions,
  inherited: Patience = DEFAULT_PATIENCE,
): Patience {
  if (drain === undefined && abort === undefined) return inherited;
  return {
    drain: drain === undefined ? inherited.drain : milliseconds(drain),
    abort: abort === undefined ? inherited.abort : milliseconds(abort),
  };
}

/** How many events are recorded. */
export function recordLimit({ record = false }: ScopeOptions): number {
  if (record === true) return Number.POSITIVE_INFINITY;
  return record === false ? 0 : record;
}
