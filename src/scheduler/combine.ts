/** Waiting for several things at once: for the first of them, or for all. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { Fiber, type FiberOutcome } from './fiber.js';
import type { TaskHost } from './task-host.js';
import {
  type Awaitable,
  type Coroutine,
  Wait,
  type Waitable,
  type Waiter,
  type Waiting,
  type WaitObserver,
} from './wait.js';

/** What won a race of named waits. */
export type Winner<W> = {
  [K in keyof W]: { readonly key: K; readonly value: Awaitable<W[K]> };
}[keyof W];

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
export function race(
  waits: readonly Waitable[] | Readonly<Record<string, Waitable>>,
): Wait<unknown> {
  const entries = Object.entries<Waitable>(waits as Readonly<Record<string, Waitable>>);
  checkEntries('race', entries);
  if (entries.length === 0) {
    throw new CarillonError(
      'CAR6006',
      'race() has nothing to wait for, so it would never end. Give it one wait at least.',
    );
  }
  const isList = Array.isArray(waits);
  return new Wait(
    (host, outcome) =>
      new Together(host, entries, 1, outcome, (key, value) =>
        outcome.done(isList ? value : { key, value }),
      ),
    'race',
    entries,
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
export function all<const W extends readonly Waitable[]>(
  waits: W,
): Wait<{ -readonly [I in keyof W]: Awaitable<W[I]> }>;
export function all<const W extends Readonly<Record<string, Waitable>>>(
  waits: W,
): Wait<{ -readonly [K in keyof W]: Awaitable<W[K]> }>;
export function all(
  waits: readonly Waitable[] | Readonly<Record<string, Waitable>>,
): Wait<unknown> {
  const entries = Object.entries<Waitable>(waits as Readonly<Record<string, Waitable>>);
  checkEntries('all', entries);
  return new Wait(
    (host, outcome) => {
      const values = (Array.isArray(waits) ? [] : {}) as Record<string, unknown>;
      if (entries.length === 0) outcome.done(values);
      return new Together(host, entries, entries.length, outcome, (key, value, isLast) => {
        values[key] = value;
        if (isLast) outcome.done(values);
      });
    },
    'all',
    entries,
  );
}

function checkEntries(name: string, entries: readonly (readonly [string, unknown])[]): void {
  for (const [key, wait] of entries) {
    if (wait instanceof Wait || typeof (wait as Generator | undefined)?.return === 'function')
      continue;
    throw new CarillonError(
      'CAR6006',
      `${name}() has nothing to wait for under "${key}". Give it a wait or a generator.`,
    );
  }
}

type Entries = readonly (readonly [key: string, wait: Waitable])[];

type MemberSettled = (key: string, value: unknown, isLast: boolean) => void;

/** Waits that were begun together, and end together: when so many of them as are needed have ended, or one has failed. */
class Together implements Waiting {
  #needed: number;
  readonly #outcome: WaitObserver<unknown>;
  readonly #reached: MemberSettled;
  readonly #members: Member[] = [];
  #isOver = false;

  constructor(
    host: TaskHost,
    entries: Entries,
    needed: number,
    outcome: WaitObserver<unknown>,
    reached: MemberSettled,
  ) {
    this.#needed = needed;
    this.#outcome = outcome;
    this.#reached = reached;
    for (const [key, wait] of entries) this.#members.push(new Member(host, wait, this, key));
  }

  reached(key: string, value: unknown): void {
    if (this.#isOver) return;
    this.#needed -= 1;
    if (this.#needed === 0) this.end();
    this.#reached(key, value, this.#needed === 0);
  }

  failed(error: unknown): void {
    if (this.#isOver) return;
    this.end();
    this.#outcome.failed(error);
  }

  end(): void {
    this.#isOver = true;
    for (const member of this.#members) member.end();
  }
}

/** One of them; it ends by itself when its wait does. */
class Member implements FiberOutcome, Waiter<unknown>, Waiting {
  readonly #together: Together;
  readonly #key: string;
  readonly #waiting: Waiting | undefined;
  #isOver = false;

  constructor(host: TaskHost, wait: Waitable, together: Together, key: string) {
    this.#together = together;
    this.#key = key;
    try {
      this.#waiting =
        wait instanceof Wait ? wait.begin(host, this, wait.subject) : run(wait, host, this);
    } catch (error) {
      this.failed(error);
    }
    if (this.#isOver) this.#waiting?.end();
  }

  get wake(): () => void {
    return () => this.done(undefined);
  }

  done(value: unknown): void {
    if (this.#isOver) return;
    this.end();
    this.#together.reached(this.#key, value);
  }

  failed(error: unknown): void {
    if (this.#isOver) return;
    this.end();
    this.#together.failed(error);
  }

  cancelled(): void {
    // Whoever cancels it waits for it no more.
  }

  end(): void {
    this.#isOver = true;
    this.#waiting?.end();
  }
}

function run(generator: Coroutine<unknown>, host: TaskHost, outcome: FiberOutcome): Waiting {
  const fiber = new Fiber(generator, host, outcome);
  fiber.start();
  return { end: () => fiber.cancel() };
}
