/** The façade with the three verbs. */
import type { EventInstance, EventToken, PayloadOf } from '../../decorators/event-key.js';
import type { EventBus } from '../bus/event-bus.js';
import type { EmitAsyncOptions, EmitOptions } from '../dispatch/emitter-core.js';
import type { DeferOptions } from '../queue/defer-options.js';
import type { EventQueue } from '../queue/event-queue.js';
import type { Receipt } from '../queue/receipt.js';
import type { Scope } from '../scope/scope.js';

type Loose = (event: unknown, second?: unknown, third?: unknown) => never;

/**
 * `emit` to this scope now, `publish` to the whole application, `defer` to a queue for later.
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

  /** See {@link ScopedEmitter.emit}. */
  emit<E extends object>(event: EventInstance<E>, options?: EmitOptions): void;
  emit(event: EventToken<void>, payload?: undefined, options?: EmitOptions): void;
  emit<T>(event: EventToken<T>, payload: NoInfer<T>, options?: EmitOptions): void;
  emit<K extends string>(event: K, payload: PayloadOf<K>, options?: EmitOptions): void;
  emit(event: unknown, second?: unknown, third?: unknown): void {
    const { emitter } = this.#scope;
    (emitter.emit as Loose).call(emitter, event, second, third);
  }

  /** See {@link ScopedEmitter.emitAsync}. */
  emitAsync<E extends object>(
    event: EventInstance<E>,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  emitAsync(
    event: EventToken<void>,
    payload?: undefined,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  emitAsync<T>(
    event: EventToken<T>,
    payload: NoInfer<T>,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  emitAsync<K extends string>(
    event: K,
    payload: PayloadOf<K>,
    options?: EmitAsyncOptions,
  ): Promise<unknown[]>;
  emitAsync(event: unknown, second?: unknown, third?: unknown): Promise<unknown[]> {
    const { emitter } = this.#scope;
    return (emitter.emitAsync as Loose).call(emitter, event, second, third);
  }

  /** See {@link EventBus.publish}; refused as `CAR3001` also when this scope has ended. */
  publish<E extends object>(event: EventInstance<E>): Promise<void>;
  publish(event: EventToken<void>, payload?: undefined): Promise<void>;
  publish<T>(event: EventToken<T>, payload: NoInfer<T>): Promise<void>;
  publish<K extends string>(event: K, payload: PayloadOf<K>): Promise<void>;
  async publish(event: unknown, payload?: unknown): Promise<void> {
    this.#scope.assertOpen();
    return (this.#bus.publish as Loose).call(this.#bus, event, payload);
  }

  /** See {@link EventQueue.defer}; refused as `CAR3001` also when this scope has ended. */
  defer<E extends object>(event: EventInstance<E>, options?: DeferOptions): Promise<Receipt>;
  defer(event: EventToken<void>, payload?: undefined, options?: DeferOptions): Promise<Receipt>;
  defer<T>(event: EventToken<T>, payload: NoInfer<T>, options?: DeferOptions): Promise<Receipt>;
  defer<K extends string>(
    event: K,
    payload: PayloadOf<K>,
    options?: DeferOptions,
  ): Promise<Receipt>;
  async defer(event: unknown, second?: unknown, third?: unknown): Promise<Receipt> {
    this.#scope.assertOpen();
    return (this.#queue.defer as Loose).call(this.#queue, event, second, third);
  }

  /** See {@link EventQueue.within}; refused as `CAR3001` also when this scope has ended. */
  within(transaction: unknown): ReturnType<EventQueue['within']> {
    this.#scope.assertOpen();
    return this.#queue.within(transaction);
  }
}
