/** What the scopes of one application share, as it is by default. */

import { CarillonError } from '../../decorators/carillon-error.js';
import {
  callback,
  givenFault,
  kind,
  listOf,
  type OptionShape,
  oneOf,
  refuseFault,
  whole,
  withMethods,
} from '../../decorators/check-options.js';
import type { EventKey } from '../../decorators/event-key.js';
import { SCHEDULER_OPTIONS } from '../../decorators/pacing-options.js';
import { describeThrown } from '../events/describe-thrown.js';
import { isThenable } from '../events/is-thenable.js';
import type { Cause } from './cause.js';
import type { Clock } from './clock.js';
import { ScopedEmitter } from './emitter.js';
import { type HandlerPlan, handlerEvent, handlerName } from './handler.js';
import { NO_OPTIONS } from './handler-plan.js';
import type { Interceptor } from './interceptor.js';
import { realClock } from './real-clock.js';
import type { Run, Starter } from './run.js';
import { type Observer, type RunContext, type Runtime, refreshFastPath } from './runtime.js';
import { SendPlaces } from './send-places.js';
import type { Telemetry } from './telemetry.js';
import { UnheardEvents } from './unheard.js';

interface Platform {
  readonly console: { error(value: unknown): void };
}

const platform = globalThis as unknown as Platform;

/** How an application differs from the default. */
export interface RuntimeOptions {
  /** Time; a test or a game loop gives its own. Default real time. */
  readonly clock?: Clock | undefined;
  /** How the handler that code belongs to is known. Default within a handler's own turn; see `asyncContext()` of `carillon/node`. */
  readonly context?: RunContext | undefined;
  /** Gets the errors that no caller gets. When it throws or rejects, both errors are printed. Default prints them. */
  readonly onError?: ((error: CarillonError) => void) | undefined;
  /** How many emits may stand inside one another. Default 100. */
  readonly depthLimit?: number | undefined;
  /** Around every delivery, the first the outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Told of every handler that is called and of every event that reaches nobody; for reports, at the price of the fast path. */
  readonly observer?: Observer | undefined;
  /** Traces and measures what is published and deferred, such as `openTelemetry()` of `carillon/opentelemetry`. Default none. */
  readonly telemetry?: Telemetry | undefined;
  /**
   * `'report'`: an emit or a publish that reaches no handler is reported as `CAR4017`, once for each event and place, at the price of the
   * fast path. Sticky events are kept for whoever comes late, and an engine may have subscribers in other processes: they are not
   * reported. Default: only an observer sees it.
   */
  readonly unheard?: 'report' | undefined;
  /** @internal The prototypes of the classes by which one sends, beside the emitter's. */
  readonly facades?: readonly object[] | undefined;
  /** @internal How a handler is run that is not simply called. */
  readonly adapt?: ((plan: HandlerPlan) => Starter | undefined) | undefined;
}

/** What a runtime takes. */
export const RUNTIME: OptionShape<RuntimeOptions> = /* @__PURE__ */ (() => ({
  clock: withMethods('now', 'schedule', 'cancel'),
  context: withMethods('current', 'enter'),
  onError: callback(),
  depthLimit: whole({ least: 1 }),
  interceptors: listOf(callback()),
  observer: withMethods('called', 'unheard'),
  telemetry: withMethods('send', 'trace', 'process'),
  unheard: oneOf('report'),
  facades: listOf(kind((value) => typeof value === 'object', 'a prototype')),
  adapt: callback(),
}))();

/** One application's runtime. */
export function createRuntime(options: RuntimeOptions): Runtime {
  refuseFault('CAR7004', 'The application', givenFault([RUNTIME], options));
  return new ScopeRuntime(options);
}

const NO_INTERCEPTORS: readonly Interceptor[] = [];

/** Its methods stand in the prototype: a scope by itself has a runtime of its own, and there may be many. */
class ScopeRuntime implements Runtime {
  readonly clock: Clock;
  readonly context: RunContext;
  depth = 0;
  fastPathDepth: number;
  readonly levels: (number | string)[] = [];
  readonly postponed: Runtime['postponed'] = [];
  readonly depthLimit: number;
  overflow: Runtime['overflow'];
  startedAt: number | undefined;
  untidy = false;
  early: Runtime['early'];
  interceptors: readonly Interceptor[];
  observer: Observer | undefined;
  readonly telemetry: Telemetry | undefined;
  readonly unheard: UnheardEvents | undefined;
  currentMessage: Runtime['currentMessage'];
  leaks: Runtime['leaks'];
  readonly adapt: Runtime['adapt'];
  #sequence = 0;
  #lateEmits: SendPlaces | undefined;
  readonly #facades: readonly object[];
  readonly #onError: (error: CarillonError) => void;

  constructor(options: RuntimeOptions) {
    this.clock = options.clock ?? realClock;
    this.context = options.context ?? new TurnContext();
    this.interceptors = options.interceptors ?? NO_INTERCEPTORS;
    this.observer = options.observer;
    this.telemetry = options.telemetry;
    this.depthLimit = options.depthLimit ?? 100;
    this.fastPathDepth = this.depthLimit;
    this.adapt = options.adapt ?? refuseScheduled;
    this.#facades = options.facades ?? [];
    this.#onError = options.onError ?? print;
    if (options.unheard !== undefined) this.unheard = new UnheardEvents(this, this.#places());
    refreshFastPath(this);
  }

  #places(): SendPlaces {
    return new SendPlaces([ScopedEmitter.prototype, ...this.#facades]);
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  isNewLateEmit(event: EventKey, error: Error): boolean {
    this.#lateEmits ??= this.#places();
    return this.#lateEmits.note(event, error);
  }

  report(error: CarillonError): void {
    const onError: (error: CarillonError) => unknown = this.#onError;
    // An error handler that fails, now or later, must not stop a delivery nor end the process; both errors are printed.
    const failed = (failure: unknown) => {
      print(error);
      print(failure);
    };
    try {
      const answer = onError(error);
      if (isThenable(answer)) Promise.resolve(answer).catch(failed);
    } catch (failure) {
      failed(failure);
    }
  }
}

function print(error: unknown): void {
  try {
    platform.console.error(error);
  } catch {
    // A cause can refuse to be looked at; then the text has to do.
    platform.console.error(describeThrown(error));
  }
}

/** Knows the run within its first turn only: all that a platform without asynchronous context can tell. */
class TurnContext implements RunContext {
  readonly forgetsRuns = true;
  #current: Run | undefined;

  current(): Cause<Run> | undefined {
    return this.#current?.asCause;
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

const GENERATORS = /* @__PURE__ */ [
  function* () {
    yield;
  },
  async function* () {
    yield;
  },
].map((generator) => generator.constructor);

/** @throws CarillonError `CAR6014` for a generator function, and for options of the scheduler */
export function refuseScheduled(plan: HandlerPlan): undefined {
  const option =
    plan.options === NO_OPTIONS
      ? undefined
      : Object.keys(SCHEDULER_OPTIONS).find(
          (name) => Reflect.get(plan.options, name) !== undefined,
        );
  const isGenerator = GENERATORS.some((kind) => plan.run instanceof kind);
  if (option === undefined && !isGenerator) return;
  throw new CarillonError(
    'CAR6014',
    `${handlerName(plan)} for ${handlerEvent(plan)} ${isGenerator ? 'is a generator' : `has ${option}`}, and its scope has no scheduler. Use a scope of a container with events(), or a plain function without such options.`,
  );
}
