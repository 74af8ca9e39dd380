/** The messages of one subscriber, in progress and waiting, both bounded. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import type { GroupOptions } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import { DeliveryContext } from '../dispatch/delivery-context.js';
import { AbandonedError } from '../dispatch/errors.js';
import {
  type Handler,
  type HandlerPlan,
  handlerError,
  handlerEvent,
  handlerName,
} from '../dispatch/handler.js';
import { processed, TracedContext } from '../dispatch/processing.js';
import { type ContextSnapshot, runInSnapshot } from '../dispatch/runtime.js';
import { isIntercepted, startHandler } from '../dispatch/start-handler.js';
import type { MessageTrace, Telemetry } from '../dispatch/telemetry.js';
import { isThrown } from '../events/describe-thrown.js';
import { isThenable } from '../events/is-thenable.js';
import { PublishRecursion } from './publish-nesting.js';

/** What became of a message: its handler has settled, it was dropped, or its handler ended before it ran, or while it ran. */
export type DeliveryResult = 'done' | 'dropped' | 'returned';

/** One message for one subscriber. */
export interface PendingMessage {
  readonly key: EventKey;
  readonly payload: unknown;
  /** The facts of a message that came from an engine. */
  readonly deliveryContext?: DeliveryContext;
  /** The asynchronous context of its publisher, where it is kept. */
  readonly snapshot?: ContextSnapshot | undefined;
  /** Of a message that stays in the process: where it belongs in a distributed trace. */
  readonly trace?: MessageTrace | undefined;
  done(result: DeliveryResult): void;
}

/** How many messages a subscriber holds, and what happens beyond. */
export interface Bounds {
  readonly concurrency: number;
  readonly limit: number;
  readonly whenFull: WhenFull;
}

/** The bounds of a handler, completed by those of the bus. */
export function boundsOf(plan: HandlerPlan, bus: GroupOptions, whenFull: WhenFull): Bounds {
  return {
    concurrency: 100,
    limit: 1000,
    whenFull,
    ...definedBounds(bus),
    ...definedBounds(plan.options),
  };
}

/** Starts messages in order, as many at once as the bounds allow; the rest waits. */
export class SubscriberBuffer {
  readonly #handler: Handler;
  readonly #bounds: Bounds;
  readonly #system: string;
  #running = 0;
  #waiting: PendingMessage[] = [];
  /** Beyond the limit: their publishers wait too. */
  #blocked: { readonly message: PendingMessage; enter(): void }[] = [];
  #dropping = false;
  #ended = false;
  #idle: (() => void)[] | undefined;

  /** @param system what telemetry calls the engine */
  constructor(handler: Handler, bounds: Bounds, system: string) {
    this.#handler = handler;
    this.#bounds = bounds;
    this.#system = system;
  }

  /**
   * Takes a message, or makes its publisher wait until there is room.
   *
   * @returns a promise of the room, or `undefined` when the message was taken at once
   * @throws CarillonError `CAR5039` when there is no room and the subscriber has `whenFull: 'reject'`
   */
  push(message: PendingMessage): Promise<void> | undefined {
    const { concurrency, limit, whenFull } = this.#bounds;
    if (this.#ended) message.done('returned');
    else if (this.#running < concurrency) this.#start(message);
    else if (this.#waiting.length < limit) this.#waiting.push(message);
    else if (whenFull === 'wait')
      return new Promise((enter) => this.#blocked.push({ message, enter }));
    else if (whenFull === 'reject') throw this.#fullError('CAR5039', 'The message was not taken');
    else this.#drop(message);
    return undefined;
  }

  /** The handler has ended: none of its messages starts from now on. Returns those that waited, and lets their publishers go. */
  end(): readonly PendingMessage[] {
    this.#ended = true;
    for (const { enter } of this.#blocked) enter();
    const waiting = [...this.#waiting, ...this.#blocked.map(({ message }) => message)];
    this.#waiting = [];
    this.#blocked = [];
    this.#tellIdle();
    return waiting;
  }

  /** Resolves once no message waits here; `undefined` where none does. */
  idle(): Promise<void> | undefined {
    if (!this.#isWaiting) return undefined;
    return new Promise((resolve) => {
      this.#idle ??= [];
      this.#idle.push(resolve);
    });
  }

  get #isWaiting(): boolean {
    return this.#waiting.length + this.#blocked.length > 0;
  }

  #tellIdle(): void {
    const idle = this.#idle;
    if (idle === undefined || this.#isWaiting) return;
    this.#idle = undefined;
    for (const resolve of idle) resolve();
  }

  #start(message: PendingMessage): void {
    let result: unknown;
    try {
      // Without a snapshot of the surroundings, as in most programs, no function is made.
      result =
        message.snapshot === undefined
          ? this.#call(message)
          : runInSnapshot(message.snapshot, () => this.#call(message));
    } catch (error) {
      this.#fail(error);
    }
    if (!isThenable(result)) {
      message.done('done');
      return;
    }
    this.#running += 1;
    result.then(
      () => this.#settled(message, 'done'),
      (error: unknown) => this.#settled(message, this.#failed(message, error)),
    );
  }

  #call(message: PendingMessage): unknown {
    const { telemetry } = this.#handler.owner.runtime;
    if (telemetry !== undefined) return this.#callTraced(telemetry, message);
    return startHandler(this.#handler, message.payload, this.#contextOf(message));
  }

  /** Within the process it is made only where somebody can see that another event was sent than the handler names: a pattern, a base class. */
  #contextOf({ deliveryContext, key }: PendingMessage): DeliveryContext | undefined {
    const { plan } = this.#handler;
    if (deliveryContext !== undefined || key === plan.event) return deliveryContext;
    return plan.takesDelivery || isIntercepted(this.#handler)
      ? new DeliveryContext(key)
      : undefined;
  }

  #callTraced(telemetry: Telemetry, { deliveryContext, key, payload, trace }: PendingMessage) {
    const handler = this.#handler;
    const context = deliveryContext ?? new TracedContext(key, trace);
    const destination = context.message?.facts.type ?? eventName(key);
    const place = { system: this.#system, destination };
    return processed(telemetry, handler, { place, context }, () =>
      startHandler(handler, payload, context),
    );
  }

  #fail(error: unknown): void {
    if (isThrown(error, PublishRecursion)) return;
    this.#handler.owner.runtime.report(handlerError(this.#handler, error));
  }

  /** What the end of its scope cut short is not done, and stands in the report of that end. */
  #failed({ deliveryContext }: PendingMessage, error: unknown): DeliveryResult {
    if (isThrown(error, AbandonedError)) return 'returned';
    this.#fail(error);
    return deliveryContext?.aborted === true ? 'returned' : 'done';
  }

  #settled(message: PendingMessage, result: DeliveryResult): void {
    this.#running -= 1;
    message.done(result);
    while (this.#running < this.#bounds.concurrency) {
      const next = this.#waiting.shift() ?? this.#admit();
      if (next === undefined) break;
      this.#start(next);
    }
    while (this.#waiting.length < this.#bounds.limit) {
      const next = this.#admit();
      if (next === undefined) break;
      this.#waiting.push(next);
    }
    if (this.#waiting.length < this.#bounds.limit) this.#dropping = false;
    this.#tellIdle();
  }

  #admit(): PendingMessage | undefined {
    const next = this.#blocked.shift();
    next?.enter();
    return next?.message;
  }

  #drop(message: PendingMessage): void {
    const oldest = this.#bounds.whenFull === 'drop-oldest' ? this.#waiting.shift() : undefined;
    if (oldest !== undefined) this.#waiting.push(message);
    (oldest ?? message).done('dropped');
    // Reported once while it lasts, not for each message.
    if (!this.#dropping)
      this.#handler.owner.runtime.report(this.#fullError('CAR5038', 'Messages are being dropped'));
    this.#dropping = true;
  }

  #fullError(code: 'CAR5038' | 'CAR5039', effect: string): CarillonError {
    const { plan } = this.#handler;
    const { concurrency, limit } = this.#bounds;
    return new CarillonError(
      code,
      `${handlerName(plan)} is full: ${concurrency} of ${handlerEvent(plan)} in progress and ${limit} waiting. ${effect}; raise its limit or concurrency, or make it faster.`,
    );
  }
}

function definedBounds({ concurrency, limit, whenFull }: GroupOptions): Partial<Bounds> {
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(limit === undefined ? {} : { limit }),
    ...(whenFull === undefined ? {} : { whenFull }),
  };
}
