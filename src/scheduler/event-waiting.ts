/** A task's wait for an event of its scope. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from '../dispatch/handler.js';
import { isThenable } from '../events/is-thenable.js';
import { lateAnswerError } from '../events/late-answer.js';
import type { Waiting } from './alarm.js';
import type { EventWaiter, TaskHost } from './task-host.js';
import type { WaitObserver } from './wait.js';

/** Subscribed while it waits. */
export class EventWaiting implements EventWaiter, Waiting {
  readonly #predicate: ((payload: unknown) => boolean) | undefined;
  readonly #observer: WaitObserver<unknown>;
  readonly #handler: Handler;

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR1005` for what is no event */
  constructor(
    host: TaskHost,
    event: EventKey,
    predicate: ((payload: unknown) => boolean) | undefined,
    observer: WaitObserver<unknown>,
  ) {
    const { emitterCore, runtime } = host.scope;
    this.#predicate = predicate;
    this.#observer = observer;
    this.#handler = emitterCore.subscribe(host.planOf(event), this);
    this.#handler.since = runtime.clock.now();
    emitterCore.catchUp(this.#handler);
  }

  hear(payload: unknown): void {
    try {
      if (!this.#accepts(payload)) return;
    } catch (error) {
      this.end();
      this.#observer.failed(error);
      return;
    }
    this.end();
    this.#observer.done(payload);
  }

  #accepts(payload: unknown): boolean {
    if (this.#predicate === undefined) return true;
    const answer: unknown = this.#predicate(payload);
    if (isThenable(answer)) throw lateAnswerError('The predicate of until()', answer);
    return Boolean(answer);
  }

  end(): void {
    this.#handler.end();
  }
}
