/** A task's wait for an event of its scope. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler, HandlerPlan } from '../dispatch/handler.js';
import { functionPlan } from '../dispatch/handler-plan.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { TaskHost } from './task-host.js';
import type { Waiting, WaitObserver } from './wait.js';

/** Subscribed while it waits. */
export class EventWaiting implements Waiting {
  readonly #predicate: ((payload: unknown) => boolean) | undefined;
  readonly #outcome: WaitObserver<unknown>;
  readonly #handler: Handler;

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR1005` for what is no event */
  constructor(
    host: TaskHost,
    event: EventKey,
    predicate: ((payload: unknown) => boolean) | undefined,
    outcome: WaitObserver<unknown>,
  ) {
    const { emitterCore, runtime } = host.scope;
    this.#predicate = predicate;
    this.#outcome = outcome;
    this.#handler = emitterCore.subscribe(host.planOf(event), this);
    this.#handler.since = runtime.clock.now();
    emitterCore.catchUp(this.#handler);
  }

  hear(payload: unknown): void {
    try {
      if (this.#predicate !== undefined && !this.#predicate(payload)) return;
    } catch (error) {
      this.end();
      this.#outcome.failed(error);
      return;
    }
    this.end();
    this.#outcome.done(payload);
  }

  end(): void {
    this.#handler.end();
  }
}

/** One plan serves all waits for an event: each is the instance of a handler of its own. */
export function eventPlan(runtime: Runtime, event: EventKey): HandlerPlan {
  return functionPlan(runtime, 'On', event, until);
}

function until(this: unknown, payload: unknown): void {
  (this as EventWaiting).hear(payload);
}
