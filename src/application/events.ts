/** The façade with the three verbs. */
import type { EventInstance, EventToken, PayloadOf } from '../../decorators/event-key.js';
import type { EventBus } from '../bus/event-bus.js';
import type { EmitAsyncOptions, EmitOptions } from '../dispatch/emit-options.js';
import type { DeferOptions } from '../queue/defer-options.js';
import type { EventQueue } from '../queue/event-queue.js';
import type { Receipt } from '../queue/receipt.js';
import type { Scope } from '../scope/scope.js';

type Loose = (event: unknown, second?: unknown, third?: unknown) => never;

/**
 * The three verbs in one: `emit` to this scope now, `publish` to the whole application, `defer` to a queue for later.
 *
 * @example
 * class Checkout {
 *   constructor(private readonly events: Events) {}
 *   async place(order: Order) {
 *     this.events.emit(new OrderPlaced(order.id));
 *     await this.events.defer(new ReceiptWanted(order.id));
 *   }
 * }
 */
export class Events {
  readonly #scope: Scope;
  readonly #bus: EventBus;
  readonly #queue: EventQueue;

  /** Made by the container; inject it instead. */
  constructor(scope: Scope, bus: EventBus, queue: EventQueue) {
    this.#scope = scope;
    this.#bus = bus;
    this.#queue = queue;
  }

  /**
   * Calls every handler of this scope that listens to the event, `@On` and `@Once`, in order, before it returns. After the end of the
   * scope it reaches no handler, which is reported as `CAR3004`, once for each event and place.
   *
   * @param event an instance of an event class
   * @param options whether it bubbles, is sticky, what an emit within itself does, and who gets errors; default those of the event's type
   * @throws EmitError `CAR4002` with `errors: 'throw'`, after all handlers ran; CarillonError `CAR4004` for something that is not an event
   * @example
   * events.emit(new OrderPlaced('42'));
   */
  emit<E extends object>(event: EventInstance<E>, options?: EmitOptions): void;
  /** Emits a token's event that has no payload. */
  emit(event: EventToken<void>, payload?: undefined, options?: EmitOptions): void;
  /** Emits a token's event with its payload. */
  emit<T>(event: EventToken<T>, payload: NoInfer<T>, options?: EmitOptions): void;
  /** Emits a topic with its payload. */
  emit<K extends string>(event: K, payload: PayloadOf<K>, options?: EmitOptions): void;
  emit(event: unknown, second?: unknown, third?: unknown): void {
    const { emitter } = this.#scope;
    (emitter.emit as Loose).call(emitter, event, second, third);
  }

  /**
   * Starts every handler of this scope that listens to the event, and waits until each has settled.
   *
   * @param event an instance of an event class
   * @param options as of {@link emit}, and the `strategy`: `'parallel'` by default
   * @returns what the handlers returned, in handler order; `undefined` for one whose error was reported
   * @throws EmitError (a rejection) `CAR4002` once all have settled, unless `errors: 'report'`; CarillonError `CAR4004` for something that is
   * not an event
   * @example
   * const prices = await events.emitAsync(new PriceAsked('42'));
   */
  emitAsync<E extends object>(
    event: EventInstance<E>,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  /** Emits a token's event that has no payload. */
  emitAsync(
    event: EventToken<void>,
    payload?: undefined,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  /** Emits a token's event with its payload. */
  emitAsync<T>(
    event: EventToken<T>,
    payload: NoInfer<T>,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  /** Emits a topic with its payload. */
  emitAsync<K extends string>(
    event: K,
    payload: PayloadOf<K>,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  emitAsync(event: unknown, second?: unknown, third?: unknown): Promise<unknown[]> {
    const { emitter } = this.#scope;
    return (emitter.emitAsync as Loose).call(emitter, event, second, third);
  }

  /**
   * Sends the event to every subscriber of the whole application, `@Subscribe`, and with an engine to those of other processes. The
   * promise resolves once each subscriber here has started, or once the engine has accepted the message.
   *
   * @param event an instance of an event class
   * @throws CarillonError (a rejection) `CAR3001` when this scope or the application has ended, `CAR4004` for something that is not an
   * event; see also {@link EventBus.publish}
   * @example
   * await events.publish(new OrderPlaced('42'));
   */
  publish<E extends object>(event: EventInstance<E>): Promise<void>;
  /** Publishes a token's event that has no payload. */
  publish(event: EventToken<void>, payload?: undefined): Promise<void>;
  /** Publishes a token's event with its payload. */
  publish<T>(event: EventToken<T>, payload: NoInfer<T>): Promise<void>;
  /** Publishes a topic with its payload. */
  publish<K extends string>(event: K, payload: PayloadOf<K>): Promise<void>;
  async publish(event: unknown, payload?: unknown): Promise<void> {
    this.#scope.assertOpen();
    return (this.#bus.publish as Loose).call(this.#bus, event, payload);
  }

  /**
   * Puts a message into the queue of each handler that waits for the event, `@Deferred`, to be processed later. The promise resolves
   * once it is accepted; with a durable engine, once it is stored.
   *
   * @param event an instance of an event class
   * @returns the ids by which the message can be cancelled and asked for
   * @throws CarillonError (a rejection) `CAR3001` when this scope or the application has ended, `CAR4004` for something that is not an
   * event, `CAR5012` when the queue is full; see also {@link EventQueue.defer}
   * @example
   * const { id } = await events.defer(new ReceiptWanted('42'), { delay: 60_000 });
   */
  defer<E extends object>(event: EventInstance<E>, options?: DeferOptions): Promise<Receipt>;
  /** Defers a token's event that has no payload. */
  defer(event: EventToken<void>, payload?: undefined, options?: DeferOptions): Promise<Receipt>;
  /** Defers a token's event with its payload. */
  defer<T>(event: EventToken<T>, payload: NoInfer<T>, options?: DeferOptions): Promise<Receipt>;
  /** Defers a topic with its payload. */
  defer<K extends string>(
    event: K,
    payload: PayloadOf<K>,
    options?: DeferOptions,
  ): Promise<Receipt>;
  async defer(event: unknown, second?: unknown, third?: unknown): Promise<Receipt> {
    this.#scope.assertOpen();
    return (this.#queue.defer as Loose).call(this.#queue, event, second, third);
  }

  /**
   * Defers within a transaction of the caller's: the message is there if and only if the transaction commits. For queues whose engine
   * has the capability `transactions`.
   *
   * @param transaction what the client of the database gives for one
   * @throws CarillonError `CAR3001` when this scope has ended; (a rejection of `defer`) `CAR5050` for a value that is no
   * transaction, `CAR5051` for one that has not begun or has ended, `CAR7010` for a queue without transactions
   * @example
   * await db.transaction().execute((tx) => events.within(tx).defer(new OrderPlaced('42')));
   */
  within(transaction: unknown): ReturnType<EventQueue['within']> {
    this.#scope.assertOpen();
    return this.#queue.within(transaction);
  }
}
