/** The four decorators. Each only writes down what was said; a container's adapter does the wiring. */
import { declare } from './declaration.js';
import type { Delivery } from './delivery.js';
import type { EventKeys, PayloadOf } from './event-key.js';
import type { BatchOptions, Paced } from './pacing-options.js';
import {
  DEFERRED_SUBJECTS,
  type DeferredOptions,
  ON_SUBJECTS,
  type OnceOptions,
  type OnOptions,
  SUBSCRIBE_SUBJECTS,
  type SubscribeOptions,
} from './verb-options.js';

/** Anything but a class itself: a legacy decorator on a static method gets the class. */
export type InstanceSide = object & { readonly prototype?: never };

/** What a standard decorator is told of a method that belongs to the instances and can be called from outside. */
export interface InstanceMethod {
  /** As in `ClassMethodDecoratorContext`: not a field, not an accessor. */
  readonly kind: 'method';
  /** The method's name. */
  readonly name: string | symbol;
  /** Only methods of instances: nothing would wire a static one. */
  readonly static: false;
  /** Only methods that can be called from outside of the class. */
  readonly private: false;
  /** Adds what runs while an instance is built. */
  addInitializer(initializer: (this: object) => void): void;
}

/** A method that can receive the payload and the delivery; it may take both, the payload alone, or nothing. */
export type HandlerMethod<Payload> = (event: Payload, delivery: Delivery) => unknown;

/** A decorator for a method that can receive the payload. Works as a legacy and as a standard decorator. */
export interface HandlerDecorator<Payload> {
  /** With `experimentalDecorators`. */
  <Method extends HandlerMethod<Payload>>(
    target: InstanceSide,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void;
  // The empty rest keeps this form out of the errors of the other: a legacy decorator of three parameters is given three arguments.
  /** Without. */
  (method: HandlerMethod<Payload>, context: InstanceMethod, ...rest: []): void;
}

/**
 * Hears an event of the scope that owns the instance, each time it is emitted there.
 *
 * @param event a class, a token, a topic (`*` is one segment of it, `**` any number), or a list of them: one handler for each
 * @param options which events are heard, and where the handler stands among the others; by default all, in the order of wiring
 * @throws CarillonError `CAR1001` … `CAR1010` when the class is decorated; `CAR1008` when a standard one is first built
 * @example
 * @On(OrderPlaced)
 * countOrder(event: OrderPlaced) { this.orders += 1; }
 *
 * @On([OrderPlaced, OrderShipped])
 * log(event: OrderPlaced | OrderShipped, delivery: Delivery) { console.log(delivery.event, event.id); }
 */
export function On<const K extends EventKeys, B extends BatchOptions | undefined = undefined>(
  event: K,
  options: OnOptions<PayloadOf<K>, B> = {},
): HandlerDecorator<Paced<PayloadOf<K>, B>> {
  return declare('On', event, options, ON_SUBJECTS);
}

/**
 * Like {@link On}, but at most once per instance: the handler is unsubscribed before it runs. With a list, once for each event.
 *
 * @param event as of {@link On}
 * @param options as of {@link On}
 * @throws CarillonError as {@link On} does, when the class is decorated
 * @example
 * @Once(AppReady)
 * openDoors() { … }
 */
export function Once<const K extends EventKeys>(
  event: K,
  options: OnceOptions<PayloadOf<K>> = {},
): HandlerDecorator<PayloadOf<K>> {
  return declare('Once', event, options, ON_SUBJECTS);
}

/**
 * Hears what any part of the application publishes on the bus.
 *
 * @param event a class, a token, a topic (`*` is one segment of it, `**` any number), or a list of them
 * @param options as of {@link On}; its `group`, how many events at once (`concurrency`, 100), how many wait (`limit`, 1000), and `whenFull`
 * @throws CarillonError as {@link On} does, when the class is decorated
 * @example
 * @Subscribe('order.*')
 * audit(event: OrderPlaced | OrderShipped) { … }
 *
 * @Subscribe(OrderPlaced, { group: 'mailers', concurrency: 5 })
 * async sendReceipt(event: OrderPlaced) { … }
 */
export function Subscribe<
  const K extends EventKeys,
  B extends BatchOptions | undefined = undefined,
>(
  event: K,
  options: SubscribeOptions<PayloadOf<K>, B> = {},
): HandlerDecorator<Paced<PayloadOf<K>, B>> {
  return declare('Subscribe', event, options, SUBSCRIBE_SUBJECTS);
}

/**
 * Handles the messages of a queue, after the call that deferred them.
 *
 * @param event a class, a token or a topic, or a list of them; a queue has no wildcards
 * @param options the `queue` (`'default'`), `attempts`, `backoff`, `timeout`, `id` and others; each has a default
 * @throws CarillonError as {@link On} does, when the class is decorated
 * @example
 * @Deferred(OrderPlaced, { queue: 'mail' })
 * async sendReceipt(event: OrderPlaced) { … }
 */
export function Deferred<const K extends EventKeys, B extends BatchOptions | undefined = undefined>(
  event: K,
  options: DeferredOptions<PayloadOf<K>, B> = {},
): HandlerDecorator<Paced<PayloadOf<K>, B>> {
  return declare('Deferred', event, options, DEFERRED_SUBJECTS);
}
