/** What one asynchronous subscriber has in work and what waits for it, both bounded. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { GroupOptions } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import type { DeliveryContext } from '../dispatch/delivery-context.js';
import { HandlerError } from '../dispatch/errors.js';
import { type Handler, type HandlerPlan, handlerEvent, handlerName } from '../dispatch/handler.js';
import { startHandler } from '../dispatch/run.js';
import { type ContextSnapshot, runInSnapshot } from '../dispatch/runtime.js';
import { isThenable } from '../events/is-thenable.js';

/** What became of a message: its handler has settled; it was dropped; its handler ended before it ran. */
export type DeliveryResult = 'done' | 'dropped' | 'returned';

/** One message for one subscriber. */
export interface PendingMessage {
  readonly payload: unknown;
  /** What is known of the message, where it came from an engine. */
  readonly deliveryContext?: DeliveryContext;
  /** The surroundings of its publisher, where they are kept. */
  readonly snapshot?: ContextSnapshot | undefined;
  done(outcome: DeliveryResult): void;
}

/** How much a subscriber takes. */
export interface Bounds {
  readonly concurrency: number;
  readonly limit: number;
  readonly whenFull: WhenFull;
}

/** The bounds of a handler, where it says nothing those of the bus. */
export function boundsOf(plan: HandlerPlan, bus: GroupOptions, whenFull: WhenFull): Bounds {
  return {
    concurrency: 100,
    limit: 1000,
    whenFull,
    ...definedBounds(bus),
    ...definedBounds(plan.options),
  };
}

/** Starts at once what it can, in order; the rest waits. */
export class SubscriberBuffer {
  readonly #handler: Handler;
  readonly #bounds: Bounds;
  #running = 0;
  #waiting: PendingMessage[] = [];
  /** Beyond the limit: their senders wait with them. */
  #outside: { readonly parcel: PendingMessage; enter(): void }[] = [];
  #dropping = false;

  constructor(handler: Handler, bounds: Bounds) {
    this.#handler = handler;
    this.#bounds = bounds;
  }

  /**
   * Takes a message, or has its sender wait until there is room.
   *
   * @returns a promise of the room, or `undefined` when the message was taken at once
   * @throws CarillonError `CAR5039` when there is no room and the subscriber wants the sender told
   */
  push(parcel: PendingMessage): Promise<void> | undefined {
    const { concurrency, limit, whenFull } = this.#bounds;
    if (this.#running < concurrency) this.#start(parcel);
    else if (this.#waiting.length < limit) this.#waiting.push(parcel);
    else if (whenFull === 'wait')
      return new Promise((enter) => this.#outside.push({ parcel, enter }));
    else if (whenFull === 'reject') throw this.#fullError('CAR5039', 'The message was not taken');
    else this.#drop(parcel);
    return undefined;
  }

  /** Gives back what waits: the handler has ended. */
  clear(): void {
    for (const { enter } of this.#outside) enter();
    const waiting = [...this.#waiting, ...this.#outside.map(({ parcel }) => parcel)];
    this.#waiting = [];
    this.#outside = [];
    for (const parcel of waiting) parcel.done('returned');
  }

  #start(parcel: PendingMessage): void {
    let result: unknown;
    try {
      result = runInSnapshot(parcel.snapshot, () =>
        startHandler(this.#handler, parcel.payload, parcel.deliveryContext),
      );
    } catch (error) {
      this.#fail(error);
    }
    if (!isThenable(result)) {
      parcel.done('done');
      return;
    }
    this.#running += 1;
    result.then(
      () => this.#settled(parcel),
      (error: unknown) => {
        this.#fail(error);
        this.#settled(parcel);
      },
    );
  }

  #fail(error: unknown): void {
    this.#handler.owner.runtime.report(new HandlerError(this.#handler, error));
  }

  #settled(parcel: PendingMessage): void {
    this.#running -= 1;
    parcel.done('done');
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
  }

  #admit(): PendingMessage | undefined {
    const next = this.#outside.shift();
    next?.enter();
    return next?.parcel;
  }

  #drop(parcel: PendingMessage): void {
    const oldest = this.#bounds.whenFull === 'drop-oldest' ? this.#waiting.shift() : undefined;
    if (oldest !== undefined) this.#waiting.push(parcel);
    (oldest ?? parcel).done('dropped');
    // Told once for as long as it lasts: a flood of errors helps nobody.
    if (!this.#dropping)
      this.#handler.owner.runtime.report(this.#fullError('CAR5038', 'Messages are being dropped'));
    this.#dropping = true;
  }

  #fullError(code: 'CAR5038' | 'CAR5039', effect: string): CarillonError {
    const { plan } = this.#handler;
    const { concurrency, limit } = this.#bounds;
    return new CarillonError(
      code,
      `${handlerName(plan)} is full: ${concurrency} of ${handlerEvent(plan)} in work and ${limit} waiting. ${effect}; raise its limit or concurrency, or make it faster.`,
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
