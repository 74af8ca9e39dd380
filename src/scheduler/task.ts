/** Generators that run in a scope and end with it. */

import { CarillonError } from '../../decorators/carillon-error.js';
import { DISPOSE } from '../dispatch/dispose-symbols.js';
import { thrownSentence } from '../events/describe-thrown.js';
import { isThenable } from '../events/is-thenable.js';
import { assertScope } from '../scope/assert-scope.js';
import type { LiveTask, Scope } from '../scope/scope.js';
import { Fiber } from './fiber.js';
import { isAsyncGenerator, isGenerator } from './generators.js';
import { TaskHost } from './task-host.js';
import type { Coroutine } from './wait.js';

/** The state of a task. */
export type TaskState = 'running' | 'done' | 'failed' | 'cancelled';

/** A running generator; made by {@link spawn}. */
export interface Task<T = unknown> {
  /** The generator function's name, or `'(anonymous task)'`. */
  readonly name: string;
  /** `'running'`, `'done'`, `'failed'`: it threw; or `'cancelled'`: by `cancel()` or the end of its scope. */
  readonly state: TaskState;
  /**
   * The result of the generator. Rejects with its error, or with `CAR6002` when the task is cancelled. The error of a task whose `done`
   * is never read is reported instead.
   */
  readonly done: Promise<T>;
  /** Runs the generator's `finally` blocks and never resumes it. A second call does nothing. */
  cancel(): void;
  [Symbol.dispose](): void;
}

/**
 * Runs a generator as a task of the scope, at once until its first `yield`.
 *
 * @param scope ends the task when it ends
 * @param run yields waits such as `sleep('2s')`; a bare `yield` is the next tick
 * @throws CarillonError `CAR3001` when the scope has ended, `CAR3013` for something that is not a scope, `CAR6007` for a `run` that is not a
 *   generator function
 * @example
 * const patrol = spawn(scope, function* () {
 *   for (;;) yield* sleep('2s');
 * });
 */
export function spawn<T>(scope: Scope, run: () => Coroutine<T>): Task<T> {
  assertScope('spawn()', scope);
  scope.assertOpen();
  const name = run?.name || '(anonymous task)';
  const generator: unknown = typeof run === 'function' ? run() : undefined;
  if (!isGenerator(generator)) throw noGeneratorError(scope, name, generator);
  const task = new ScopeTask<T>(scope, name, generator as Coroutine<T>);
  task.start();
  return Object.assign(task, { [DISPOSE]: cancelTask });
}

/** What it began all the same must not fail unheard. */
function noGeneratorError(scope: Scope, name: string, returned: unknown): CarillonError {
  if (isThenable(returned))
    Promise.resolve(returned).catch((error) =>
      scope.runtime.report(failedError(name, scope.name, error)),
    );
  return new CarillonError(
    'CAR6007',
    isAsyncGenerator(returned)
      ? `spawn() in scope "${scope.name}" got an async generator function. Drop the async, and wait for promises with yield* settled().`
      : `spawn() in scope "${scope.name}" got no generator function. Give it a function*.`,
  );
}

/** No method of the class, which a bundler could not drop then where nobody spawns. */
function cancelTask(this: ScopeTask<unknown>): void {
  this.cancel();
}

/** @internal A failure goes to those who read `done` before the end; else it is reported. */
export class ScopeTask<T> implements Omit<Task<T>, typeof Symbol.dispose>, LiveTask {
  readonly className = '';
  readonly name: string;
  readonly startedAt: number;
  readonly #scope: Scope;
  readonly #fiber: Fiber;
  readonly #report: (error: unknown) => void;
  readonly #forget: () => void;
  #state: TaskState = 'running';
  #result: unknown;
  #done: Promise<T> | undefined;
  #settle: (() => void) | undefined;

  constructor(scope: Scope, name: string, generator: Coroutine<T>) {
    this.name = name;
    this.#scope = scope;
    this.#report = (error) => scope.runtime.report(failedError(name, scope.name, error));
    this.#fiber = new Fiber(generator, new TaskHost(scope, this.#report), {
      done: (value) => this.#end('done', value),
      failed: (error) => this.#fail(error),
      cancelled: () => this.#end('cancelled', cancelledError(name, scope.name)),
    });
    this.startedAt = scope.runtime.clock.now();
    this.#forget = scope.atClose(() => this.cancel());
    scope.tasks.add(this);
  }

  get method(): string {
    return this.name;
  }

  get wait(): unknown {
    return this.#fiber.wait;
  }

  get state(): TaskState {
    return this.#state;
  }

  get done(): Promise<T> {
    this.#done ??= new Promise((resolve, reject) => {
      const settle = () =>
        this.#state === 'done' ? resolve(this.#result as T) : reject(this.#result);
      if (this.#state === 'running') this.#settle = settle;
      else settle();
    });
    // The promise may be awaited later: it must not count as unhandled until then.
    this.#done.catch(() => undefined);
    return this.#done;
  }

  /** Runs until the first yield. */
  start(): void {
    this.#fiber.start();
  }

  cancel(): void {
    this.#fiber.cancel();
  }

  #fail(error: unknown): void {
    if (this.#settle === undefined) this.#report(error);
    this.#end('failed', error);
  }

  #end(state: TaskState, result: unknown): void {
    this.#state = state;
    this.#result = result;
    this.#forget();
    this.#scope.tasks.delete(this);
    this.#settle?.();
  }
}

function cancelledError(task: string, scope: string): CarillonError {
  return new CarillonError(
    'CAR6002',
    `Task "${task}" in scope "${scope}" was cancelled. Wait in a scope that lives as long.`,
  );
}

function failedError(task: string, scope: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR6003',
    `Task "${task}" failed in scope "${scope}": ${thrownSentence(cause)} The other tasks go on; see the cause.`,
    {
      cause,
    },
  );
}
