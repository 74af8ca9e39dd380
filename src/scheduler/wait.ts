/** What a task yields to say until when it waits. */
import type { TaskHost } from './task-host.js';

/** Takes the end of a wait; only the first call counts. */
export interface Outcome<T> {
  done(value: T): void;
  failed(error: unknown): void;
}

/** Begins to wait; returns what ends the waiting, harmless when it has ended already. */
export type Begin<T> = (host: TaskHost, outcome: Outcome<T>) => () => void;

/**
 * Something that a task can wait for. `yield*` it: that gives its value, with its type.
 *
 * @example
 * const hit = yield* until(Damaged);
 */
export class Wait<T> {
  /** @internal */
  readonly begin: Begin<T>;

  /** Made by `sleep`, `until` and the others. */
  constructor(begin: Begin<T>) {
    this.begin = begin;
  }

  *[Symbol.iterator](): Generator<Wait<unknown>, T, unknown> {
    return (yield this) as T;
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
export type Awaitable<W> = W extends Wait<infer T> ? T : W extends Generator<unknown, infer T, never> ? T : never;
