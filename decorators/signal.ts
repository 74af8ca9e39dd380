/** The platform's abort signal, also for who compiles without the DOM's types. */

import { hasMethods, kind, type OptionCheck } from './check-options.js';

/** What is used of an abort signal. */
export interface SignalShape {
  /** Whether it has been aborted. */
  readonly aborted: boolean;
  /** Why it was aborted; `undefined` before. */
  readonly reason: unknown;
  /** Throws the reason, if it has been aborted. */
  throwIfAborted(): void;
  /** Calls the listener when it is aborted. */
  addEventListener(
    type: 'abort',
    listener: () => void,
    options?: { readonly once?: boolean },
  ): void;
  /** Removes the same listener. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The global `AbortSignal` where its type is known, and what is used of it elsewhere. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } }
  ? Known
  : SignalShape;

/** An option that is an abort signal. */
export function abortSignal(): OptionCheck {
  const methods = ['addEventListener', 'removeEventListener', 'throwIfAborted'];
  return kind((value) => hasMethods(value, methods), 'an AbortSignal');
}
