/** Waits for several things at once: for the first of them, or for all. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { Waiting } from './alarm.js';
import { Fiber, type FiberObserver } from './fiber.js';
import { isGenerator } from './generators.js';
import type { TaskHost } from './task-host.js';
import {
  type Awaitable,
  type Coroutine,
  isWait,
  Wait,
  type Waitable,
  type Waiter,
  type WaitObserver,
} from './wait.js';

/** What won a race of named waits. */
export type Winner<W> = {
  [K in keyof W]: { readonly key: K; readonly value: Awaitable<W[K]> };
}[keyof W];

/**
 * Waits for the first of several waits, or generators of waits, and ends the others. A list gives the value; named waits give the key too,
 * which tells the types of the values apart.
 *
 * @param waits a list, or an object of named waits; at least one
 * @throws CarillonError `CAR6006` for an empty list; the error of the first wait, if it fails
 * @example
 * const won = yield* race({ hit: until(Damaged), calm: sleep('5s') });
 * if (won.key === 'hit') this.flee(won.value);
 */
export function race<const W extends readonly Waitable[]>(waits: W): Wait<Awaitable<W[number]>>;
export function race<const W extends Readonly<Record<string, Waitable>>>(waits: W): Wait<Winner<W>>;
export function race(
  waits: readonly Waitable[] | Readonly<Record<string, Waitable>>,
): Wait<unknown> {
  const entries = entriesOf('race', waits);
  if (entries.length === 0) {
    throw new CarillonError(
      'CAR6006',
      'race() has nothing to wait for, so it would never end. Give it one wait at least.',
    );
  }
  const isList = Array.isArray(waits);
  return new Wait(
    (host, observer) =>
      new WaitGroup(
        host,
        entries,
        {
          needed: 1,
          memberDone: (key, value) => observer.done(isList ? value : { key, value }),
        },
        observer,
      ),
    'race',
    entries,
  );
}

/**
 * Waits for all of several waits, or generators of waits, and gives their values in a list or under their names. When one fails, the
 * others are ended and its error is thrown.
 *
 * @param waits a list, or an object of named waits
 * @throws CarillonError `CAR6006` for an entry that is not a wait
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
  const entries = entriesOf('all', waits);
  return new Wait(
    (host, observer) => {
      const values = (Array.isArray(waits) ? [] : {}) as Record<string, unknown>;
      if (entries.length === 0) observer.done(values);
      const memberDone = (key: string, value: unknown, left: number) => {
        values[key] = value;
        if (left === 0) observer.done(values);
      };
      return new WaitGroup(host, entries, { needed: entries.length, memberDone }, observer);
    },
    'all',
    entries,
  );
}

/** @throws CarillonError `CAR6006` */
function entriesOf(name: string, waits: object): Entries {
  if (typeof waits !== 'object' || waits === null) {
    throw new CarillonError(
      'CAR6006',
      `${name}() has nothing to wait for. Give it a list of waits, or an object of them.`,
    );
  }
  const entries = Object.entries(waits) as Entries;
  for (const [key, wait] of entries) {
    if (isWait(wait) || isGenerator(wait)) continue;
    throw new CarillonError(
      'CAR6006',
      `${name}() has nothing to wait for under "${key}". Give it a wait or a generator.`,
    );
  }
  return entries;
}

type Entries = readonly (readonly [key: string, wait: Waitable])[];

/** When a group of waits ends. */
interface GroupRule {
  /** How many members have to end. */
  readonly needed: number;
  /** Called for each of them; `left` is how many are still needed. */
  memberDone(key: string, value: unknown, left: number): void;
}

/** Waits that begin together and end together: when as many as needed have ended, or one has failed. */
class WaitGroup implements Waiting {
  readonly #host: TaskHost;
  readonly #rule: GroupRule;
  readonly #observer: WaitObserver<unknown>;
  readonly #members: GroupMember[] = [];
  #left: number;
  #isOver = false;

  constructor(host: TaskHost, entries: Entries, rule: GroupRule, observer: WaitObserver<unknown>) {
    this.#host = host;
    this.#rule = rule;
    this.#observer = observer;
    this.#left = rule.needed;
    for (const [key, wait] of entries) this.#members.push(new GroupMember(host, wait, this, key));
  }

  memberDone(key: string, value: unknown): void {
    if (this.#isOver) return;
    this.#left -= 1;
    if (this.#left === 0) this.end();
    this.#rule.memberDone(key, value, this.#left);
  }

  /** A failure of a member once the group is over, such as one of its `finally`, reaches no task. */
  memberFailed(error: unknown): void {
    if (this.#isOver) {
      this.#host.report(error);
      return;
    }
    this.end();
    this.#observer.failed(error);
  }

  end(): void {
    this.#isOver = true;
    for (const member of this.#members) member.end();
  }
}

/** One wait of a group; it ends with the wait. */
class GroupMember implements FiberObserver, Waiter<unknown>, Waiting {
  readonly #group: WaitGroup;
  readonly #key: string;
  readonly #waiting: Waiting | undefined;
  #isOver = false;

  constructor(host: TaskHost, wait: Waitable, group: WaitGroup, key: string) {
    this.#group = group;
    this.#key = key;
    try {
      this.#waiting = isWait(wait)
        ? wait.begin(host, this, wait.subject)
        : startFiber(wait, host, this);
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
    this.#group.memberDone(this.#key, value);
  }

  failed(error: unknown): void {
    if (!this.#isOver) this.end();
    this.#group.memberFailed(error);
  }

  cancelled(): void {
    // Only the group cancels it, and no longer waits for it then.
  }

  end(): void {
    this.#isOver = true;
    this.#waiting?.end();
  }
}

function startFiber(
  generator: Coroutine<unknown>,
  host: TaskHost,
  observer: FiberObserver,
): Waiting {
  const fiber = new Fiber(generator, host, observer);
  fiber.start();
  return { end: () => fiber.cancel() };
}
