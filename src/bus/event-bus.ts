/** The bus of one application: what is published reaches every scope's subscribers. */

import type { EventInstance, EventKey, EventToken, PayloadOf } from '../../decorators/event-key.js';
import type { OrderOptions } from '../../decorators/order-options.js';
import { deliver } from '../dispatch/deliver.js';
import { Handler, type HandlerPlan } from '../dispatch/handler.js';
import type { HandlerOwner } from '../dispatch/handler-owner.js';
import { functionPlan } from '../dispatch/handler-plan.js';
import { Registry } from '../dispatch/registry.js';
import { type Unsubscribe, unsubscribeOf } from '../dispatch/unsubscribe.js';
import { readEvent } from '../events/event-arguments.js';
import type { Scope } from '../scope/scope.js';

/**
 * Publish and subscribe across the whole application.
 *
 * In memory the subscribers start in the publisher's turn, in order, and the promise resolves once they have been started: whether
 * they settle well is their scope's affair.
 */
export class EventBus {
  readonly #scope: Scope;
  readonly #registry = new Registry();

  /** Made by the application; inject it instead. */
  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /**
   * Tells every subscriber of the event.
   *
   * @param event an instance of an event class
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR4004` for what is no event
   * @example
   * await bus.publish('order.placed', new OrderPlaced('42'));
   */
  publish<E extends object>(event: EventInstance<E>): Promise<void>;
  /** Publishes a token's event that has no payload. */
  publish(event: EventToken<void>, payload?: undefined): Promise<void>;
  /** Publishes a token's event with its payload. */
  publish<T>(event: EventToken<T>, payload: NoInfer<T>): Promise<void>;
  /** Publishes a topic with its payload. */
  publish<K extends string>(event: K, payload: PayloadOf<K>): Promise<void>;
  async publish(event: unknown, second?: unknown): Promise<void> {
    this.#scope.assertOpen();
    const { key, payload } = readEvent('publish', event, second, undefined);
    deliver(this.#registry.find(key), payload);
  }

  /**
   * Calls back for each event that is published until it is unsubscribed or the application ends.
   *
   * @param event a class, a token or a topic; `*` is one segment of a topic, `**` any number
   * @throws CarillonError `CAR3001` when the application has ended
   */
  subscribe<const K extends EventKey>(
    event: K,
    handler: (payload: PayloadOf<K>) => unknown,
    options?: OrderOptions,
  ): Unsubscribe {
    this.#scope.assertOpen();
    return unsubscribeOf(this.wire(functionPlan('Subscribe', event, handler, options), this.#scope));
  }

  /** @internal Subscribes a handler that its scope ends. */
  wire(plan: HandlerPlan, owner: HandlerOwner, target?: object): Handler {
    const handler = new Handler(plan, target, owner, owner.runtime.nextSequence());
    this.#registry.add(handler);
    return handler;
  }

  /** @internal */
  handlers(): Iterable<Handler> {
    return this.#registry.handlers();
  }

  /** @internal */
  close(): void {
    this.#registry.clear();
  }
}
