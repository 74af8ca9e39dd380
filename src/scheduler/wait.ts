/** The waits that a task yields. */
import type { Waiting } from './alarm.js';
import type { TaskHost } from './task-host.js';

/** Takes the end of a wait; only the first call counts. The wait has released its resources by then. */
export interface WaitObserver<T> {
  done(value: T): void;
  failed(error: unknown): void;
}

/** The task or group that waits. */
export interface Waiter<T> extends WaitObserver<T> {
  /** Calls {@link done} without a value. One function for all timers of the waiter. */
  readonly wake: () => void;
}

/** The functions that make waits. */
export type WaitKind = 'sleep' | 'nextTick' | 'until' | 'settled' | 'when' | 'race' | 'all';

/** Begins a wait. It gets the subject of the wait, so that one function serves many. */
export type Begin<T> = (host: TaskHost, observer: Waiter<T>, subject: unknown) => Waiting;

/**
 * Something that a task can wait for. `yield*` waits, and returns the value with its type.
 *
 * @example
 * const hit = yield* until(Damaged);
 */
export class Wait<T> {
  /** @internal */
  readonly begin: Begin<T>;
  /** @internal The function that made it, for reports. */
  readonly kind: WaitKind;
  /** @internal The argument of that function. */
  readonly subject: unknown;

  /** Made by `sleep`, `until` and the others. */
  constructor(begin: Begin<T>, kind: WaitKind, subject?: unknown) {
    this.begin = begin;
    this.kind = kind;
    this.subject = subject;
  }

  [Symbol.iterator](): Iterator<Wait<unknown>, T, unknown> {
    return new Yielded(this);
  }
}

/** Whether it is a wait; also one of another copy of the package. */
export function isWait(value: unknown): value is Wait<unknown> {
  if (value instanceof Wait) return true;
  const { begin, kind } = (value ?? {}) as Partial<Wait<unknown>>;
  return typeof begin === 'function' && typeof kind === 'string';
}

/** Yields the wait, and returns the value that the task is resumed with. */
class Yielded<T> implements Iterator<Wait<unknown>, T, unknown> {
  readonly #wait: Wait<T>;
  #isYielded = false;

  constructor(wait: Wait<T>) {
    this.#wait = wait;
  }

  next(value?: unknown): IteratorResult<Wait<unknown>, T> {
    if (this.#isYielded) return { done: true, value: value as T };
    this.#isYielded = true;
    return { done: false, value: this.#wait };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value?: unknown): IteratorResult<Wait<unknown>, T> {
    return { done: true, value: value as T };
  }
}

/**
 * What a generator must be to run as a task: it yields waits, or nothing, which is the next tick.
 *
 * @example
 * function* walk(to: Point): Coroutine<boolean> { … }
 */
export type Coroutine<T = void> = Generator<Wait<unknown> | undefined, T, unknown>;

/** What `race` and `all` wait for: a wait, or a generator that yields waits. */
export type Waitable<T = unknown> = Wait<T> | Coroutine<T>;

/** The value of something that can be waited for. */
export type Awaitable<W> =
  W extends Wait<infer T> ? T : W extends Generator<unknown, infer T, never> ? T : never;
