/** Runs one generator from wait to wait. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { shownValue } from '../../decorators/event-name.js';
import type { TaskHost } from './task-host.js';
import { type Coroutine, type Outcome, Wait } from './wait.js';

/** Also told when the generator was ended from outside. */
export interface FiberOutcome extends Outcome<unknown> {
  cancelled(): void;
}

/** So often a `finally` may yield while it is left; one that goes on is dropped. */
const MOST_RETURNS = 100;

type Step = IteratorResult<unknown, unknown>;

/** A wait that ends while it begins ends in the next tick, so that no task can go round in one tick for ever. */
export class Fiber {
  readonly #generator: Coroutine<unknown>;
  readonly #host: TaskHost;
  readonly #outcome: FiberOutcome;
  #endWait: (() => void) | undefined;
  #state: 'running' | 'waiting' | 'ended' = 'running';
  #isCancelled = false;

  constructor(generator: Coroutine<unknown>, host: TaskHost, outcome: FiberOutcome) {
    this.#generator = generator;
    this.#host = host;
    this.#outcome = outcome;
  }

  /** Runs until the first yield. */
  start(): void {
    this.#step('next', undefined);
  }

  /** Runs its `finally` blocks and never resumes it; from inside of it, at its next yield. */
  cancel(): void {
    if (this.#state === 'ended') return;
    this.#isCancelled = true;
    if (this.#state === 'running') return;
    this.#leaveWait();
    this.#host.enter(() => this.#close());
  }

  #step(method: 'next' | 'throw', value: unknown): void {
    this.#state = 'running';
    let result: Step;
    try {
      result = this.#generator[method](value);
    } catch (error) {
      this.#state = 'ended';
      this.#outcome.failed(error);
      return;
    }
    if (this.#isCancelled) this.#close();
    else if (result.done) {
      this.#state = 'ended';
      this.#outcome.done(result.value);
    } else this.#waitFor(result.value);
  }

  #waitFor(wait: unknown): void {
    this.#state = 'waiting';
    if (wait === undefined) this.#endWait = this.#host.nextTick(() => this.#resume('next', undefined));
    else if (wait instanceof Wait) this.#begin(wait);
    else this.#close(yieldError(wait));
  }

  #begin(wait: Wait<unknown>): void {
    let isBegun = false;
    let isOver = false;
    let early: (() => void) | undefined;
    const goOn = (method: 'next' | 'throw', value: unknown) => {
      if (isOver) return;
      isOver = true;
      if (isBegun) this.#resume(method, value);
      else early = () => this.#resume(method, value);
    };
    const outcome: Outcome<unknown> = {
      done: (value) => goOn('next', value),
      failed: (error) => goOn('throw', error),
    };
    try {
      this.#endWait = wait.begin(this.#host, outcome);
    } catch (error) {
      outcome.failed(error);
    }
    isBegun = true;
    if (this.#isCancelled || early !== undefined) this.#leaveWait();
    if (!this.#isCancelled && early !== undefined) this.#endWait = this.#host.nextTick(early);
  }

  #resume(method: 'next' | 'throw', value: unknown): void {
    this.#leaveWait();
    this.#host.enter(() => this.#step(method, value));
  }

  #leaveWait(): void {
    const endWait = this.#endWait;
    this.#endWait = undefined;
    endWait?.();
  }

  #close(failure?: unknown): void {
    this.#state = 'running';
    let error = failure;
    try {
      for (let left = MOST_RETURNS; left > 0; left -= 1) if (this.#generator.return(undefined).done) break;
    } catch (thrown) {
      error ??= thrown;
    }
    this.#state = 'ended';
    if (error === undefined) this.#outcome.cancelled();
    else this.#outcome.failed(error);
  }
}

function yieldError(value: unknown): CarillonError {
  return new CarillonError(
    'CAR6004',
    `A task yielded ${shownValue(value)}, which is nothing to wait for. Use yield* with sleep, until, settled and their like; a promise goes into settled().`,
  );
}
