/** What runs as a task: generators, and no other iterators. */
import type { Coroutine } from './wait.js';

/** Whether it is what a `function*` returns, or has all that a generator has. An asynchronous one cannot run step by step. */
export function isGenerator(value: unknown): value is Coroutine<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { next, return: end, throw: fail } = value as Partial<Coroutine>;
  const isComplete = [next, end, fail].every((method) => typeof method === 'function');
  return isComplete && Symbol.iterator in value && !(Symbol.asyncIterator in value);
}

/** Whether it is what an `async function*` returns. */
export function isAsyncGenerator(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
