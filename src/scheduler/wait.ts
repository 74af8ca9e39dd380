/** What a task yields to say until when it waits. */
import type { Waiting } from './alarm.js';
import type { TaskHost } from './task-host.js';

/** Takes the end of a wait; only the first call counts. Whoever calls has let go of all that the wait held. */
export interface WaitObserver<T> {
  done(value: T): void;
  failed(error: unknown): void;
}

/** Whoever waits. */
export interface Waiter<T> extends WaitObserver<T> {
  /** Calls {@link done} with nothing: what a clock is given, and not another function each time. */
  readonly wake: () => void;
}

/** What waits are made by. */
export type WaitKind = 'sleep' | 'nextTick' | 'until' | 'settled' | 'when' | 'race' | 'all';

/** Begins to wait. It is told the subject of the wait, so that one function may serve many. */
export type Begin<T> = (host: TaskHost, observer: Waiter<T>, subject: unknown) => Waiting;

/**
 * Something that a task can wait for. `yield*` it: that gives its value, with its type.
 *
 * @example
 * const hit = yield* until(Damaged);
 */
export class Wait<T> {
  /** @internal */
  readonly begin: Begin<T>;
  /** @internal Which of them it was made by, for reports. */
  readonly kind: WaitKind;
  /** @internal What that was given. */
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

/** Yields the wait, and returns what the task goes on with. */
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
