/** What an event's type says of how it is emitted. */

import { flag, type OptionShape, oneOf } from './check-options.js';

/** What an emit of an event does while the same emitter is still delivering one of its kind. */
export type Reentrancy = 'nest' | 'queue' | 'forbid';

/** How the events of a class or a token are emitted. */
export interface EmitPolicy {
  /** Also reaches the handlers of the scopes above, after this one's. Default `false`. */
  readonly bubbles?: boolean;
  /** The latest is kept for handlers that are wired later. Default `false`. */
  readonly sticky?: boolean;
  /**
   * `'nest'` delivers at once, depth first; `'queue'` after the current one is done, first in first out; `'forbid'` is an error.
   * Default `'nest'`.
   */
  readonly reentrancy?: Reentrancy;
}

/** What a policy takes. */
export const POLICY_SHAPE: OptionShape<EmitPolicy> = /* @__PURE__ */ (() => ({
  bubbles: flag(),
  sticky: flag(),
  reentrancy: oneOf('nest', 'queue', 'forbid'),
}))();

/** Nothing but the default. */
export const NO_POLICY: EmitPolicy = {};

const POLICY = Symbol.for('carillon.emitPolicy');

interface PolicyHolder {
  readonly [POLICY]?: EmitPolicy;
}

/** Writes the policy of an event class; its subclasses have it too. */
export function setPolicy(eventClass: object, policy: EmitPolicy): void {
  Object.defineProperty(eventClass, POLICY, {
    value: { ...classPolicy(eventClass), ...policy },
    configurable: true,
  });
}

/** The policy of an event class, or of its bases. */
export function classPolicy(eventClass: object): EmitPolicy {
  // Not by Reflect.get, for which V8 remembers no place.
  return (eventClass as PolicyHolder)[POLICY] ?? NO_POLICY;
}
