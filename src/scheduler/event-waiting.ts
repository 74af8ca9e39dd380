/** A task's wait for an event of its scope. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler, HandlerPlan } from '../dispatch/handler.js';
import type { Runtime } from '../dispatch/handler-owner.js';
import { functionPlan } from '../dispatch/handler-plan.js';
import type { TaskHost } from './task-host.js';
import type { Outcome, Waiting } from './wait.js';

/** Subscribed while it waits. */
export class EventWaiting implements Waiting {
  readonly #predicate: ((payload: unknown) => boolean) | undefined;
  readonly #outcome: Outcome<unknown>;
  readonly #handler: Handler;

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR1005` for what is no event */
  constructor(
    host: TaskHost,
    event: EventKey,
    predicate: ((payload: unknown) => boolean) | undefined,
    outcome: Outcome<unknown>,
  ) {
    const { emission, runtime } = host.scope;
    this.#predicate = predicate;
    this.#outcome = outcome;
    this.#handler = emission.subscribe(host.planOf(event), this);
    this.#handler.since = runtime.clock.now();
    emission.catchUp(this.#handler);
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
