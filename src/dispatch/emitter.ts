/** The emitter of one scope: hears and emits here and now. */
import type { Delivery } from '../../decorators/delivery.js';
import type {
  EventInstance,
  EventKey,
  EventKeys,
  EventToken,
  PayloadOf,
} from '../../decorators/event-key.js';
import { handlerSubject } from '../../decorators/handler-options.js';
import { orderSubject } from '../../decorators/order-options.js';
import type { OnOptions, Subjects } from '../../decorators/verb-options.js';
import { checkTopic, readEvent } from '../events/event-arguments.js';
import { deliverCalls, deliverEntries } from './deliver.js';
import type { EmitAsyncOptions, EmitOptions } from './emit-options.js';
import type { EmitterCore } from './emitter-core.js';
import { type Handler, handlerName } from './handler.js';
import { functionPlan } from './handler-plan.js';
import { EventIterator, type IterateOptions } from './iterate.js';
import { NO_KEY, type Registry } from './registry.js';
import type { Runtime } from './runtime.js';
import { type Unsubscribe, unsubscribeOf } from './unsubscribe.js';
import { type WaitOptions, waitFor } from './wait-for.js';

const ON_SUBJECTS: Subjects = [orderSubject, handlerSubject];

/**
 * Named events within one scope: a request, a scene, the application.
 *
 * Handlers run in the caller's turn, higher priority first, then in the order in which they were wired. One that throws stops no
 * other. An emit reaches the handlers that were there when it began and still are when their turn comes.
 */
export class ScopedEmitter {
  /** @internal */
  cachedKey = NO_KEY;
  /** @internal */
  cachedId: number | string = 0;
  /** @internal */
  cachedTopic = '';
  /** @internal */
  cachedCalls: readonly unknown[] = [];
  /** @internal */
  cachedEntries: readonly Handler[] = [];
  /** @internal */
  cachedNeedsContext = false;
  readonly #core: EmitterCore;
  readonly #registry: Registry;
  readonly #runtime: Runtime;

  /** Made by its scope; inject it instead. */
  constructor(core: EmitterCore) {
    this.#core = core;
    this.#registry = core.registry;
    this.#runtime = core.owner.runtime;
    core.registry.cache = this;
  }

  /**
   * Calls every handler of the event, in order, before it returns. After the end of the scope it reaches nobody, which is reported
   * as `CAR3004`, once for each event and place.
   *
   * @param event an instance of an event class
   * @param options whether it bubbles, is sticky, what an emit within itself does, and who gets errors; default those of the event's type
   * @throws EmitError `CAR4002` with `errors: 'throw'`, after all handlers ran; CarillonError `CAR4004` for something that is not an event
   * @example
   * emitter.emit(new OrderPlaced('42'));
   */
  emit<E extends object>(event: EventInstance<E>, options?: EmitOptions): void;
  /** Emits a token's event that has no payload. */
  emit(event: EventToken<void>, payload?: undefined, options?: EmitOptions): void;
  /** Emits a token's event with its payload. */
  emit<T>(event: EventToken<T>, payload: NoInfer<T>, options?: EmitOptions): void;
  /** Emits a topic with its payload. */
  emit<K extends string>(event: K, payload: PayloadOf<K>, options?: EmitOptions): void;
  emit(event: unknown, second?: unknown, third?: unknown): void {
    // The common call first: the class, token or topic that was emitted last, and nothing that asks for more.
    if (typeof event === 'object' && event !== null) {
      if (event.constructor === this.cachedKey) {
        if (second === undefined && this.#emitAgain(event.constructor as EventKey, event)) return;
      } else if (
        event === this.cachedKey &&
        third === undefined &&
        this.#emitAgain(event as EventKey, second)
      )
        return;
    } else if (
      typeof event === 'string' &&
      event === this.cachedTopic &&
      event !== '' &&
      third === undefined &&
      this.#emitAgain(event, second)
    )
      return;
    const { key, payload, options } = readEvent<EmitOptions>('emit', event, second, third);
    this.#core.emit(key, payload, options);
  }

  /** Emits the event that was emitted last; says whether nothing stood in the way. */
  #emitAgain(key: EventKey, payload: unknown): boolean {
    const runtime = this.#runtime;
    if (runtime.depth >= runtime.fastPathDepth) return false;
    const { cachedCalls, cachedEntries } = this;
    if (cachedCalls.length === 0) return true;
    runtime.levels[runtime.depth] = this.cachedId;
    if (this.cachedNeedsContext) deliverEntries(runtime, cachedEntries, payload, key);
    else deliverCalls(runtime, cachedCalls, cachedEntries, payload, key);
    return true;
  }

  /**
   * Starts every handler of the event and waits until each has settled.
   *
   * @param event an instance of an event class
   * @param options as of {@link emit}, and the `strategy`: `'parallel'` by default
   * @returns what the handlers returned, in handler order; `undefined` for one whose error was reported
   * @throws EmitError (a rejection) `CAR4002` once all have settled, RecursionError `CAR4006` for emits without an end; unless
   * `errors: 'report'`
   * @example
   * const prices = await emitter.emitAsync(new PriceAsked('42'));
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
    try {
      const { key, payload, options } = readEvent<EmitAsyncOptions>(
        'emitAsync',
        event,
        second,
        third,
      );
      return this.#core.emitAsync(key, payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Calls back for each event until it is unsubscribed or the scope ends.
   *
   * @param event a class, a token or a topic; a topic may have wildcards
   * @param handler gets the payload, and the delivery as its second parameter
   * @param options which events it hears, and its place among the handlers; by default all, in the order of wiring
   * @returns what unsubscribes it; calling it again does nothing
   * @throws CarillonError `CAR3001` when the scope has ended
   * @example
   * const off = emitter.on(OrderPlaced, (event) => console.log(event.id));
   */
  on<const K extends EventKey>(
    event: K,
    handler: (payload: PayloadOf<K>, delivery: Delivery) => unknown,
    options?: OnOptions<PayloadOf<K>>,
  ): Unsubscribe {
    const wired = this.#core.subscribe(
      functionPlan(this.#runtime, 'On', event, handler, options, ON_SUBJECTS),
      undefined,
    );
    this.#core.catchUp(wired);
    return unsubscribeOf(wired);
  }

  /**
   * A promise of the next such event, or of the latest one where it is sticky.
   *
   * @param event an event, or a list: then the first of them
   * @param options `timeout` and `signal`; by default it waits until the scope ends
   * @throws CarillonError (a rejection) `CAR3001`, `CAR3002` when the scope has ended or ends first, `CAR4007` when the time is over
   * @example
   * const { id } = await emitter.once(OrderPlaced, { timeout: 5000 });
   * const paidOrRefused = await emitter.once([OrderPaid, OrderRefused]);
   */
  once<const K extends EventKeys>(event: K, options: WaitOptions = {}): Promise<PayloadOf<K>> {
    return waitFor<PayloadOf<K>>(this.#core, event, undefined, options);
  }

  /**
   * A promise of the first such event that the predicate takes.
   *
   * @param event an event, or a list: then the first of them
   * @param predicate answers at once; an error in it rejects the promise
   * @param options as of {@link once}
   * @throws CarillonError (a rejection) as {@link once}; `CAR4016` for a predicate that returns a promise
   * @example
   * await emitter.waitFor(OrderPlaced, (order) => order.total > 100);
   */
  waitFor<const K extends EventKeys>(
    event: K,
    predicate: (payload: PayloadOf<K>) => boolean,
    options: WaitOptions = {},
  ): Promise<PayloadOf<K>> {
    return waitFor(this.#core, event, predicate, options);
  }

  /**
   * The events as they come, for a loop. What comes while the loop is busy waits in a buffer with a limit.
   *
   * @param event a class, a token or a topic
   * @param options `limit` of the buffer, 1000 by default; `whenFull`; `signal`
   * @throws CarillonError `CAR3001` when the scope has ended; `CAR4010` (in the loop) when the buffer is full
   * @example
   * for await (const order of emitter.iterate(OrderPlaced, { limit: 100, whenFull: 'drop-oldest' })) await pack(order);
   */
  iterate<const K extends EventKey>(
    event: K,
    options: IterateOptions = {},
  ): AsyncIterableIterator<PayloadOf<K>, undefined> {
    return new EventIterator<PayloadOf<K>>(this.#core, event, options);
  }

  /**
   * Emits an event that comes only once, and keeps it for whoever comes late.
   *
   * @param event an instance of an event class
   * @throws CarillonError `CAR4008` when it was settled before
   * @example
   * emitter.settle(new AppReady());
   */
  settle<E extends object>(event: EventInstance<E>): void;
  /** Settles a token's event that has no payload. */
  settle(event: EventToken<void>): void;
  /** Settles a token's event with its payload. */
  settle<T>(event: EventToken<T>, payload: NoInfer<T>): void;
  /** Settles a topic with its payload. */
  settle<K extends string>(event: K, payload: PayloadOf<K>): void;
  settle(event: unknown, second?: unknown): void {
    const { key, payload } = readEvent('settle', event, second, undefined);
    this.#core.settle(key, payload);
  }

  /**
   * Says that an event will not come: whoever waits for it by {@link once} or {@link waitFor}, now or later, gets the reason.
   *
   * @param event a class, a token or a topic without wildcards
   * @param reason what they get
   * @throws CarillonError `CAR4008` when it was settled before, `CAR4004` for a pattern
   * @example
   * emitter.fail(AppReady, new Error('no database'));
   */
  fail(event: EventKey, reason: Error): void {
    if (typeof event === 'string') checkTopic('fail', event);
    this.#core.fail(event, reason);
  }

  /**
   * What a scope opened with `record` has heard of the event, the oldest first.
   *
   * @param event a class, a token or a topic
   * @example
   * const [login] = emitter.history(LoggedIn);
   */
  history<const K extends EventKey>(event: K): readonly PayloadOf<K>[] {
    const past = this.#core.kept?.history(event) ?? [];
    return past.map(({ payload }) => payload as PayloadOf<K>);
  }

  /** The handlers that an emit of this event would reach now, in order: `Class.method`, or a function's name. */
  handlers(event: EventKey): readonly string[] {
    return this.#registry
      .find(event)
      .entries.filter((handler) => handler.active)
      .map(({ plan }) => handlerName(plan));
  }

  /** How many handlers an emit of this event would reach now. */
  listenerCount(event: EventKey): number {
    return this.handlers(event).length;
  }
}
