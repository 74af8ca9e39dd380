/** The task of one run of a handler. Its result is that of the run. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { abandonedError, handlerName } from '../dispatch/handler.js';
import type { AbortReason, Run } from '../dispatch/run.js';
import type { LiveTask } from '../scope/scope.js';
import { Fiber, type FiberObserver } from './fiber.js';
import type { TaskHost } from './task-host.js';
import type { Coroutine } from './wait.js';

/** When its handler ends first, the run is abandoned: its message returns to the queue, and its caller is told. */
export class HandlerTask implements FiberObserver, LiveTask {
  readonly #fiber: Fiber;
  readonly #run: Run;
  readonly #ended: () => void;
  /** Returns the value of the run, or throws its error; set once that is known. */
  #outcome: (() => unknown) | undefined;
  #settle: ((outcome: unknown) => void) | undefined;
  #isSuperseded = false;

  constructor(generator: Coroutine<unknown>, host: TaskHost, run: Run, ended: () => void) {
    this.#run = run;
    this.#ended = ended;
    this.#fiber = new Fiber(generator, host, this);
  }

  get className(): string {
    return this.#run.handler.plan.className;
  }

  get method(): string {
    return String(this.#run.handler.plan.method);
  }

  get startedAt(): number {
    return this.#run.startedAt;
  }

  get wait(): unknown {
    return this.#fiber.wait;
  }

  /** Runs until the first yield. Returns the value, or a promise of it; throws what the generator throws before it yields. */
  start(): unknown {
    this.#fiber.start();
    if (this.#outcome !== undefined) return this.#outcome();
    return new Promise((settle) => {
      this.#settle = settle;
    });
  }

  /** The same event has come again and replaces the task. */
  supersede(): void {
    this.#isSuperseded = true;
    this.#cancel(supersededError);
  }

  /** Its handler has ended. */
  end(): void {
    this.#cancel(({ handler }) => abandonedError(handler));
  }

  done(value: unknown): void {
    this.#decide(() => value);
  }

  failed(error: unknown): void {
    this.#decide(() => fail(error));
  }

  cancelled(): void {
    const run = this.#run;
    if (this.#isSuperseded) this.#decide(nothing);
    else if (this.#settle === undefined)
      this.#decide(() => Promise.reject(abandonedError(run.handler)));
    else {
      run.abandon();
      this.#decide(nothing);
    }
  }

  #cancel(reason: AbortReason): void {
    this.#run.abort(reason);
    this.#fiber.cancel();
  }

  #decide(outcome: () => unknown): void {
    this.#outcome = outcome;
    this.#ended();
    this.#settle?.(outcome === nothing ? undefined : new Promise((resolve) => resolve(outcome())));
  }
}

function nothing(): void {
  // The caller of the run has been told otherwise, or gets no value.
}

function fail(error: unknown): never {
  throw error;
}

function supersededError({ handler }: Run): CarillonError {
  return new CarillonError(
    'CAR6002',
    `${handlerName(handler.plan)} was cancelled: its event came again, and it has overlap: 'restart'.`,
  );
}
