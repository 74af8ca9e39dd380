/** The options of `emit` and `emitAsync`, and their checks. */
import {
  type OptionShape,
  oneOf,
  quickFault,
  refuseFault,
  type Shape,
} from '../../decorators/check-options.js';
import { type EmitPolicy, POLICY_SHAPE } from '../../decorators/emit-policy.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';

/** How the handlers of one emit follow one another. */
export type Strategy = 'parallel' | 'serial' | 'first';

/** How an emit differs from what the event's type says. */
export interface EmitOptions extends EmitPolicy {
  /**
   * `'report'` gives the errors of handlers to the application's error handler, `'throw'` to the caller, together in an {@link EmitError}.
   * Default `'report'` for `emit`, `'throw'` for `emitAsync`.
   */
  readonly errors?: 'report' | 'throw';
}

/** How `emitAsync` differs. */
export interface EmitAsyncOptions extends EmitOptions {
  /**
   * `'parallel'` starts all handlers and waits for all; `'serial'` starts each when the one before it has settled; `'first'` does so
   * until one gives a value. Default `'parallel'`.
   */
  readonly strategy?: Strategy;
}

export const EMIT: OptionShape<EmitOptions> = /* @__PURE__ */ (() => ({
  ...POLICY_SHAPE,
  errors: oneOf('report', 'throw'),
}))();

export const EMIT_ASYNC: OptionShape<EmitAsyncOptions> = /* @__PURE__ */ (() => ({
  ...EMIT,
  strategy: oneOf('parallel', 'serial', 'first'),
}))();

/** @throws CarillonError `CAR4009` for options that are wrong */
export function checkEmit(verb: string, key: EventKey, shape: Shape, options: unknown): void {
  const fault = quickFault(shape, options);
  if (fault === undefined) return;
  // As the emit() of other emitters is called.
  const advice = typeof options === 'object' ? '' : ' An event has one payload.';
  refuseFault('CAR4009', `${verb}(${eventName(key)})`, fault + advice);
}
