/** Waiting for several things at once: for the first of them, or for all. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { Fiber } from './fiber.js';
import type { TaskHost } from './task-host.js';
import { type Awaitable, type Outcome, Wait, type Waitable } from './wait.js';

/** What won a race of named waits. */
export type Winner<W> = { [K in keyof W]: { readonly key: K; readonly value: Awaitable<W[K]> } }[keyof W];

/**
 * Waits for the first of several waits, or generators of waits, and ends the others. Of a list it gives the value; of named waits also the
 * key, which tells the types of the values apart.
 *
 * @throws CarillonError `CAR6006` when there is nothing to wait for; what the first to end throws
 * @example
 * const won = yield* race({ hit: until(Damaged), calm: sleep('5s') });
 * if (won.key === 'hit') this.flee(won.value);
 */
export function race<const W extends readonly Waitable[]>(waits: W): Wait<Awaitable<W[number]>>;
export function race<const W extends Readonly<Record<string, Waitable>>>(waits: W): Wait<Winner<W>>;
export function race(waits: readonly Waitable[] | Readonly<Record<string, Waitable>>): Wait<unknown> {
  const entries = Object.entries<Waitable>(waits as Readonly<Record<string, Waitable>>);
  checkEntries('race', entries);
  if (entries.length === 0) {
    throw new CarillonError('CAR6006', 'race() has nothing to wait for, so it would never end. Give it one wait at least.');
  }
  const isList = Array.isArray(waits);
  return new Wait((host, outcome) =>
    beginEach(host, entries, outcome, (key, value) => outcome.done(isList ? value : { key, value })),
  );
}

/**
 * Waits for all of several waits, or generators of waits, and gives their values in a list or under their names. When one fails, the
 * others are ended, and its error is thrown.
 *
 * @throws CarillonError `CAR6006` for what is nothing to wait for
 * @example
 * const [door, key] = yield* all([until(DoorFound), until(KeyFound)]);
 */
export function all<const W extends readonly Waitable[]>(waits: W): Wait<{ -readonly [I in keyof W]: Awaitable<W[I]> }>;
export function all<const W extends Readonly<Record<string, Waitable>>>(
  waits: W,
): Wait<{ -readonly [K in keyof W]: Awaitable<W[K]> }>;
export function all(waits: readonly Waitable[] | Readonly<Record<string, Waitable>>): Wait<unknown> {
  const entries = Object.entries<Waitable>(waits as Readonly<Record<string, Waitable>>);
  checkEntries('all', entries);
  return new Wait((host, outcome) => {
    const values = (Array.isArray(waits) ? [] : {}) as Record<string, unknown>;
    let left = entries.length;
    if (left === 0) outcome.done(values);
    return beginEach(host, entries, outcome, (key, value) => {
      values[key] = value;
      left -= 1;
      if (left === 0) outcome.done(values);
    });
  });
}

function checkEntries(name: string, entries: readonly (readonly [string, unknown])[]): void {
  for (const [key, wait] of entries) {
    if (wait instanceof Wait || typeof (wait as Generator | undefined)?.return === 'function') continue;
    throw new CarillonError('CAR6006', `${name}() has nothing to wait for under "${key}". Give it a wait or a generator.`);
  }
}

/** Begins all of them, unless one of the first decides how it ends. */
function beginEach(
  host: TaskHost,
  entries: readonly (readonly [string, Waitable])[],
  outcome: Outcome<unknown>,
  ended: (key: string, value: unknown) => void,
): () => void {
  const fibers: Fiber[] = [];
  for (const [key, waitable] of entries) {
    const generator = waitable instanceof Wait ? waitable[Symbol.iterator]() : waitable;
    const { failed } = outcome;
    fibers.push(new Fiber(generator, host, { done: (value) => ended(key, value), failed, cancelled: () => undefined }));
  }
  for (const fiber of fibers) fiber.start();
  return () => {
    for (const fiber of fibers) fiber.cancel();
  };
}
