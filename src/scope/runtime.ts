/** What the scopes of one application share, as it is by default. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { HandlerPlan } from '../dispatch/handler.js';
import type { Clock, RunContext, Runtime, Witness } from '../dispatch/handler-owner.js';
import type { Interceptor } from '../dispatch/interceptor.js';
import type { Run, Starter } from '../dispatch/run.js';
import { LateEmits } from './late-emits.js';
import { refuseScheduled } from './refuse-scheduled.js';

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
  date: () => Date.now(),
};

/** How an application differs from the default. */
export interface RuntimeOptions {
  readonly clock?: Clock | undefined;
  readonly context?: RunContext | undefined;
  readonly onError?: ((error: CarillonError) => void) | undefined;
  /** How many emits may stand inside one another. Default 100. */
  readonly depthLimit?: number | undefined;
  /** Around every delivery, the first the outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Told of every handler that is called and of every event that reaches nobody; for reports, at the price of the short way. */
  readonly witness?: Witness | undefined;
  /** @internal How a handler is run that is not simply called. */
  readonly adapt?: ((plan: HandlerPlan) => Starter | undefined) | undefined;
}

/** One application's runtime. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { clock = realClock, context = new TurnContext(), onError = print, interceptors = [], witness } = options;
  const depthLimit = checkDepth(options.depthLimit ?? 100);
  let sequence = 0;
  const lateEmits = new LateEmits();
  return {
    clock,
    context,
    interceptors,
    witness,
    hearing: undefined,
    leaks: undefined,
    depth: 0,
    depthLimit,
    shallow: witness === undefined ? depthLimit : -1,
    overflow: undefined,
    early: undefined,
    adapt: options.adapt ?? refuseScheduled,
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

function checkDepth(depth: number): number {
  if (Number.isInteger(depth) && depth > 0) return depth;
  throw new CarillonError('CAR7004', `The depthLimit is ${String(depth)}. Give a whole number, 1 or more.`);
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

  enter(run: Run, action: (run: Run) => unknown): unknown {
    const before = this.#current;
    this.#current = run;
    try {
      return action(run);
    } finally {
      this.#current = before;
    }
  }
}
