/** What the scopes of one application share, as it is by default. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { Clock, Run, RunContext, Runtime } from '../dispatch/handler-owner.js';
import { LateEmits } from './late-emits.js';

interface Platform {
  readonly performance: { now(): number };
  setTimeout(callback: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
  readonly console: { error(value: unknown): void };
}

const platform = globalThis as unknown as Platform;

/** Real time. */
export const realClock: Clock = {
  now: () => platform.performance.now(),
  schedule: (callback, delay) => platform.setTimeout(callback, delay),
  cancel: (timer) => platform.clearTimeout(timer),
};

/** How an application differs from the default. */
export interface RuntimeOptions {
  readonly clock?: Clock | undefined;
  readonly context?: RunContext | undefined;
  readonly onError?: ((error: CarillonError) => void) | undefined;
}

/** One application's runtime. */
export function createRuntime({ clock = realClock, context = new TurnContext(), onError = print }: RuntimeOptions): Runtime {
  let sequence = 0;
  const lateEmits = new LateEmits();
  return {
    clock,
    context,
    nextSequence: () => ++sequence,
    isNewLateEmit: (event, place) => lateEmits.note(event, place),
    report: (error) => {
      try {
        onError(error);
      } catch (failure) {
        // An error handler that fails must not stop a delivery; both are shown.
        print(error);
        print(failure);
      }
    },
  };
}

function print(error: unknown): void {
  platform.console.error(error);
}

/** Knows the run within its first turn only: all that a platform without asynchronous context can tell. */
class TurnContext implements RunContext {
  #current: Run | undefined;

  current(): Run | undefined {
    return this.#current;
  }

  enter<T>(run: Run, action: () => T): T {
    const before = this.#current;
    this.#current = run;
    try {
      return action();
    } finally {
      this.#current = before;
    }
  }
}
