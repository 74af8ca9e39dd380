/** The emitter of one scope: hears and emits here and now. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventInstance, type EventKey, EventToken, type PayloadOf } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-name.js';
import type { OrderOptions } from '../../decorators/order-options.js';
import { readEvent } from '../events/event-arguments.js';
import { deliver, deliverAwaiting, deliverCollecting } from './deliver.js';
import { Handler, type HandlerPlan } from './handler.js';
import { EmitError, type HandlerError } from './handler-error.js';
import type { HandlerOwner } from './handler-owner.js';
import { functionPlan } from './handler-plan.js';
import { Registry } from './registry.js';
import { type Unsubscribe, unsubscribeOf } from './unsubscribe.js';

/** How an emit treats the errors of its handlers. */
export interface EmitOptions {
  /**
   * `'report'` gives them to the application's error handler, `'throw'` to the caller, together in an {@link EmitError}.
   * Default `'report'` for `emit`, `'throw'` for `emitAsync`.
   */
  readonly errors?: 'report' | 'throw';
}

/**
 * Named events within one scope: a request, a scene, the application.
 *
 * Handlers run in the caller's turn, higher priority first, then in the order in which they were wired. One that throws stops no
 * other. An emit reaches the handlers that were there when it began and still are when their turn comes.
 */
export class ScopedEmitter {
  readonly #owner: HandlerOwner;
  readonly #registry = new Registry();
  #waiting: Set<(reason: CarillonError) => void> | undefined;
  #closed = false;

  /** Made by its scope; inject it instead. */
  constructor(owner: HandlerOwner) {
    this.#owner = owner;
  }

  /**
   * Tells every handler of the event, in order, in the caller's turn. After the end of the scope it reaches nobody, which is reported
   * as `CAR3004`, once for each event and place.
   *
   * @param event an instance of an event class
   * @throws EmitError `CAR4002` with `errors: 'throw'`, after all handlers ran; CarillonError `CAR4004` for what is no event
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
    // The common call first: an instance, and nothing else.
    if (second === undefined && typeof event === 'object' && event !== null && !(event instanceof EventToken)) {
      const key = event.constructor as EventKey | undefined;
      if (typeof key === 'function') {
        if (this.#closed) this.#reportLate(key);
        else deliver(this.#registry.find(key), event);
        return;
      }
    }
    const { key, payload, options } = readEvent<EmitOptions>('emit', event, second, third);
    if (this.#closed) this.#reportLate(key);
    const handlers = this.#registry.find(key);
    if (options?.errors !== 'throw') {
      deliver(handlers, payload);
      return;
    }
    const errors = deliverCollecting(handlers, payload);
    if (errors.length > 0) throw new EmitError(eventName(key), errors);
  }

  /**
   * Starts every handler of the event and waits until each has settled.
   *
   * @returns what the handlers returned, in handler order; `undefined` for one whose error was reported
   * @throws EmitError `CAR4002` once all have settled, unless `errors: 'report'`
   * @example
   * const prices = await emitter.emitAsync(new PriceAsked('42'));
   */
  emitAsync<E extends object>(event: EventInstance<E>, options?: EmitOptions): Promise<unknown[]>;
  /** Emits a token's event that has no payload. */
  emitAsync(event: EventToken<void>, payload?: undefined, options?: EmitOptions): Promise<unknown[]>;
  /** Emits a token's event with its payload. */
  emitAsync<T>(event: EventToken<T>, payload: NoInfer<T>, options?: EmitOptions): Promise<unknown[]>;
  /** Emits a topic with its payload. */
  emitAsync<K extends string>(event: K, payload: PayloadOf<K>, options?: EmitOptions): Promise<unknown[]>;
  async emitAsync(event: unknown, second?: unknown, third?: unknown): Promise<unknown[]> {
    const { key, payload, options } = readEvent<EmitOptions>('emitAsync', event, second, third);
    if (this.#closed) this.#reportLate(key);
    const { values, errors } = await deliverAwaiting(this.#registry.find(key), payload);
    if (errors.length === 0) return values;
    if (options?.errors !== 'report') throw new EmitError(eventName(key), errors);
    this.#reportAll(errors);
    return values;
  }

  /**
   * Calls back for each event until it is unsubscribed or the scope ends.
   *
   * @returns what unsubscribes it; calling it again does nothing
   * @throws CarillonError `CAR3001` when the scope has ended
   * @example
   * const off = emitter.on(OrderPlaced, (event) => console.log(event.id));
   */
  on<const K extends EventKey>(event: K, handler: (payload: PayloadOf<K>) => unknown, options?: OrderOptions): Unsubscribe {
    return unsubscribeOf(this.subscribe(functionPlan('On', event, handler, options)));
  }

  /**
   * A promise of the next such event.
   *
   * @throws CarillonError `CAR3002` (a rejection) when the scope ends first
   * @example
   * const { id } = await emitter.once(OrderPlaced);
   */
  once<const K extends EventKey>(event: K): Promise<PayloadOf<K>> {
    const promise = new Promise<PayloadOf<K>>((resolve, reject) => {
      const settle = (payload: PayloadOf<K>) => {
        this.#waiting?.delete(reject);
        resolve(payload);
      };
      this.subscribe(functionPlan('Once', event, settle));
      this.#waiting ??= new Set();
      this.#waiting.add(reject);
    });
    // Nobody has to look at it when the scope ends.
    promise.catch(() => undefined);
    return promise;
  }

  /** How many handlers an emit of this event would reach now. */
  listenerCount(event: EventKey): number {
    let count = 0;
    for (const handler of this.#registry.find(event)) if (handler.active) count += 1;
    return count;
  }

  /** @internal Wires a handler of the owning scope. */
  subscribe(plan: HandlerPlan, target?: object): Handler {
    if (this.#closed) throw endedError(this.#owner.name);
    const handler = new Handler(plan, target, this.#owner, this.#owner.runtime.nextSequence());
    this.#registry.add(handler);
    return handler;
  }

  /** @internal Every handler that hears this emitter now. */
  handlers(): Iterable<Handler> {
    return this.#registry.handlers();
  }

  /** @internal Ends every handler: none starts any more, not even from an emit under way. */
  close(): void {
    this.#closed = true;
    this.#registry.clear();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    const reason = new CarillonError(
      'CAR3002',
      `Scope "${this.#owner.name}" ended before the event that once() waits for. Wait in a scope that lives longer.`,
    );
    for (const reject of waiting) reject(reason);
  }

  /** Late asynchronous code must not fail for it, and must not be silent either: its author is told, once for each place. */
  #reportLate(event: EventKey): void {
    const { name, runtime } = this.#owner;
    const error = new CarillonError(
      'CAR3004',
      `${eventName(event)} was emitted after the end of scope "${name}": nobody hears it. Emit in a scope that is open, or end this work with its scope.`,
    );
    const place = callerOf(error);
    if (runtime.isNewLateEmit(event, place)) runtime.report(error);
  }

  #reportAll(errors: readonly HandlerError[]): void {
    for (const error of errors) this.#owner.runtime.report(error);
  }
}

/** `CAR3001`: something was asked of a scope that has ended. */
export function endedError(scope: string): CarillonError {
  return new CarillonError('CAR3001', `Scope "${scope}" has ended. Use a scope that is still open, such as its parent's.`);
}

/** The line of a stack that called into the emitter or the façade; scopes have many names, but such lines are few. */
function callerOf({ stack = '' }: Error): string {
  const frames = stack.split('\n').slice(1);
  return frames.find((frame) => !OWN_FRAME.test(frame)) ?? '';
}

const OWN_FRAME = /\b(ScopedEmitter|Events)\b/;
