/** Runs one generator from wait to wait. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { shownValue } from '../../decorators/event-key.js';
import type { Waiting } from './alarm.js';
import type { TaskHost } from './task-host.js';
import { type Coroutine, isWait, type Wait, type Waiter, type WaitObserver } from './wait.js';

/** Also learns that the generator was cancelled. */
export interface FiberObserver extends WaitObserver<unknown> {
  cancelled(): void;
}

/** How often a `finally` may yield while the generator is closed; one that goes on is dropped. */
const MOST_RETURNS = 100;

/** Stands for a bare `yield`. */
export const NEXT_TICK = Symbol('nextTick');

/** A wrapper, because anything can be thrown. */
interface Failure {
  readonly error: unknown;
}

type Step = IteratorResult<unknown, unknown>;

/** A wait that ends while it begins ends in the next tick, so that no task can loop within one tick forever. */
export class Fiber implements Waiter<unknown> {
  readonly #generator: Coroutine<unknown>;
  readonly #host: TaskHost;
  readonly #observer: FiberObserver;
  #waiting: Waiting | undefined;
  /** The timer of the next tick, for which most steps wait. */
  #tick: unknown;
  #wait: Wait<unknown> | typeof NEXT_TICK = NEXT_TICK;
  /** A cancelled generator is closed at its next yield. */
  #state: 'running' | 'beginning to wait' | 'going on' | 'waiting' | 'cancelled' | 'ended' =
    'running';
  /** How the generator is resumed: with a value, or with an error. */
  #method: 'next' | 'throw' = 'next';
  #value: unknown;
  readonly #step = () => this.#run();
  readonly #resumed = () => this.#resume();
  readonly wake = () => this.done(undefined);

  constructor(generator: Coroutine<unknown>, host: TaskHost, observer: FiberObserver) {
    this.#generator = generator;
    this.#host = host;
    this.#observer = observer;
  }

  /** What it waits for; `undefined` while it runs. */
  get wait(): Wait<unknown> | typeof NEXT_TICK | undefined {
    return this.#state === 'waiting' ? this.#wait : undefined;
  }

  /** Runs until the first yield. */
  start(): void {
    this.#run();
  }

  /** Runs its `finally` blocks and never resumes it; from inside of it, at its next yield. */
  cancel(): void {
    if (this.#state === 'ended') return;
    const isWaiting = this.#state === 'waiting';
    this.#state = 'cancelled';
    if (!isWaiting) return;
    this.#leaveWait();
    this.#host.enter(() => this.#close());
  }

  /** The wait has ended. */
  done(value: unknown): void {
    this.#goOn('next', value);
  }

  /** The wait has ended with an error, which is thrown into the generator. */
  failed(error: unknown): void {
    this.#goOn('throw', error);
  }

  #isCancelled(): boolean {
    return this.#state === 'cancelled';
  }

  #run(): void {
    if (this.#isCancelled()) {
      this.#close();
      return;
    }
    const value = this.#value;
    this.#value = undefined;
    let result: Step;
    try {
      result = this.#generator[this.#method](value);
    } catch (error) {
      this.#state = 'ended';
      this.#observer.failed(error);
      return;
    }
    if (this.#isCancelled()) this.#close();
    else if (result.done) {
      this.#state = 'ended';
      this.#observer.done(result.value);
    } else if (result.value === undefined) this.#goOnNextTick('next');
    else if (isWait(result.value)) this.#begin(result.value);
    else this.#close({ error: yieldError(result.value) });
  }

  #begin(wait: Wait<unknown>): void {
    this.#state = 'beginning to wait';
    this.#wait = wait;
    try {
      this.#waiting = wait.begin(this.#host, this, wait.subject);
    } catch (error) {
      this.failed(error);
    }
    this.#begun();
  }

  #begun(): void {
    if (this.#isCancelled()) {
      this.#leaveWait();
      this.#close();
    } else if (this.#state === 'going on') {
      this.#leaveWait();
      this.#goOnNextTick(this.#method);
    } else this.#state = 'waiting';
  }

  #goOnNextTick(method: 'next' | 'throw'): void {
    this.#method = method;
    this.#state = 'waiting';
    this.#wait = NEXT_TICK;
    this.#tick = this.#host.setTick(this.#resumed);
  }

  #goOn(method: 'next' | 'throw', value: unknown): void {
    const isBegun = this.#state === 'waiting';
    if (!isBegun && this.#state !== 'beginning to wait') return;
    this.#method = method;
    this.#value = value;
    if (isBegun) this.#resume();
    else this.#state = 'going on';
  }

  #resume(): void {
    // The wait has released its resources already.
    this.#waiting = undefined;
    this.#tick = undefined;
    this.#wait = NEXT_TICK;
    this.#state = 'running';
    if (this.#host.hasContext) this.#host.enter(this.#step);
    else this.#run();
  }

  #leaveWait(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#wait = NEXT_TICK;
    waiting?.end();
    if (this.#tick === undefined) return;
    this.#host.clearTick(this.#tick);
    this.#tick = undefined;
  }

  #close(failure?: Failure): void {
    this.#state = 'running';
    let failed = failure;
    try {
      for (let left = MOST_RETURNS; left > 0; left -= 1)
        if (this.#generator.return(undefined).done) break;
    } catch (error) {
      if (failed === undefined) failed = { error };
      else this.#host.report(error);
    }
    this.#state = 'ended';
    if (failed === undefined) this.#observer.cancelled();
    else this.#observer.failed(failed.error);
  }
}

function yieldError(value: unknown): CarillonError {
  return new CarillonError(
    'CAR6004',
    `A task yielded ${shownValue(value)}, which a task cannot wait for. Use yield* with sleep, until, settled and their like; a promise goes into settled().`,
  );
}
