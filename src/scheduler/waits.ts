/** The functions that make waits: for a time, a tick, an event, a promise, a condition. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { checkDuration, type Duration } from '../../decorators/duration.js';
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import { checkPredicate } from '../dispatch/wait-for.js';
import { isThenable } from '../events/is-thenable.js';
import { lateAnswerError } from '../events/late-answer.js';
import type { Waiting } from './alarm.js';
import { EventWaiting } from './event-waiting.js';
import type { TaskHost } from './task-host.js';
import { Wait, type Waiter, type WaitObserver } from './wait.js';

/**
 * Waits for a time, on the clock of the application, but at least until the next tick.
 *
 * @param duration milliseconds, or text such as `'2s'`
 * @throws CarillonError `CAR6001` for an invalid duration
 * @example
 * yield* sleep('2s');
 */
export function sleep(duration: Duration): Wait<void> {
  const delay = checkDuration('sleep()', duration);
  return new Wait(beginSleep, 'sleep', delay);
}

function beginSleep(host: TaskHost, observer: Waiter<void>, delay: unknown): Waiting {
  return host.after(delay as number, observer.wake);
}

/**
 * Waits for the next tick of the clock; a bare `yield` does the same.
 *
 * @example
 * yield* nextTick();
 */
export function nextTick(): Wait<void> {
  return new Wait((host, observer) => host.nextTick(observer.wake), 'nextTick');
}

/**
 * Waits for an event of the scope that the task belongs to, and returns its payload. The task is resumed within the emit, so that it misses
 * none of the events that follow.
 *
 * @param event a class, a token or a topic
 * @param predicate skips the events for which it returns `false`; its error is thrown into the task
 * @throws CarillonError `CAR1007` for a predicate that is not a function; in the task `CAR1004`, `CAR1005` for what is not an event
 * @example
 * const hit = yield* until(Damaged, (damaged) => damaged.id === this.id);
 */
export function until<const K extends EventKey>(
  event: K,
  predicate?: (payload: PayloadOf<K>) => boolean,
): Wait<PayloadOf<K>> {
  checkPredicate('until()', predicate);
  return new Wait<unknown>(
    (host, observer) =>
      new EventWaiting(
        host,
        event,
        predicate as ((payload: unknown) => boolean) | undefined,
        observer,
      ),
    'until',
    event,
  ) as Wait<PayloadOf<K>>;
}

/**
 * Waits until a promise has settled, and returns its value or throws its error in the next tick.
 *
 * @param promise any thenable
 * @throws CarillonError `CAR6004` for an argument that is not a promise
 * @example
 * const response = yield* settled(fetch(url));
 */
export function settled<T>(promise: PromiseLike<T>): Wait<T> {
  if (typeof promise?.then !== 'function') {
    throw new CarillonError(
      'CAR6004',
      'settled() was given no promise. Give it what an asynchronous function returns.',
    );
  }
  return new Wait((host, observer) => new PromiseWaiting(host, observer, promise), 'settled');
}

/** Lets go of its task at its end: the promise may live longer, and holds what waits for it. */
class PromiseWaiting<T> implements Waiting {
  #host: TaskHost | undefined;
  #observer: WaitObserver<T> | undefined;
  #tick: Waiting | undefined;

  constructor(host: TaskHost, observer: WaitObserver<T>, promise: PromiseLike<T>) {
    this.#host = host;
    this.#observer = observer;
    promise.then(
      (value) => this.#goOn(() => this.#observer?.done(value)),
      (error: unknown) => this.#goOn(() => this.#observer?.failed(error)),
    );
  }

  end(): void {
    this.#host = undefined;
    this.#observer = undefined;
    this.#tick?.end();
  }

  #goOn(tell: () => void): void {
    this.#tick = this.#host?.nextTick(tell);
  }
}

/**
 * Waits until the predicate returns `true`. It is called once per tick, from the next one on. Its error is thrown into the task.
 *
 * @param predicate has no arguments; keep it cheap, since every tick calls it
 * @throws CarillonError `CAR6004` for something that is not a function
 * @example
 * yield* when(() => door.isOpen);
 */
export function when(predicate: () => boolean): Wait<void> {
  if (typeof predicate !== 'function') {
    throw new CarillonError(
      'CAR6004',
      'when() was given no function. Give it one that says whether the task goes on: when(() => door.isOpen).',
    );
  }
  return new Wait((host, observer) => {
    const ask = () => {
      try {
        const answer: unknown = predicate();
        if (isThenable(answer)) throw lateAnswerError('The predicate of when()', answer);
        if (!answer) tick = host.nextTick(ask);
        else observer.done();
      } catch (error) {
        observer.failed(error);
      }
    };
    let tick = host.nextTick(ask);
    return { end: () => tick.end() };
  }, 'when');
}
