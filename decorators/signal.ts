/** The platform's abort signal, also for who compiles without the DOM's types. */

import { hasMethods, kind, type OptionCheck } from './check-options.js';

/** What is used of an abort signal. */
export interface SignalShape {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(
    type: 'abort',
    listener: () => void,
    options?: { readonly once?: boolean },
  ): void;
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
