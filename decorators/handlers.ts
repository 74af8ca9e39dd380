/** The four decorators. Each only writes down what was said; a container's adapter does the wiring. */
import { declare } from './declaration.js';
import type { Delivery } from './delivery.js';
import type { EventKey, PayloadOf } from './event-key.js';
import type { DeclaredOptions, DeferredOptions, OnceOptions, OnOptions, SubscribeOptions, Verb } from './verb-options.js';

/** Anything but a class itself: a decorator on a static method gets the class. */
export type InstanceSide = object & { readonly prototype?: never };

/** A method that can receive the payload and the delivery; it may take both, the payload alone, or nothing. */
export type HandlerMethod<Payload> = (event: Payload, delivery: Delivery) => unknown;

/** A decorator for a method that can receive the payload. */
export type HandlerDecorator<Payload> = <Method extends HandlerMethod<Payload>>(
  target: InstanceSide,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Hears an event of the scope that owns the instance, each time it is emitted there.
 *
 * @param event a class, a token, or a topic (`*` is one segment of it, `**` any number)
 * @param options where the handler stands among the others; by default in the order of wiring
 * @throws CarillonError `CAR1001` … `CAR1008` when the class is decorated
 * @example
 * @On(OrderPlaced)
 * countOrder(event: OrderPlaced) { this.orders += 1; }
 */
export function On<const K extends EventKey>(event: K, options: OnOptions<PayloadOf<K>> = {}): HandlerDecorator<PayloadOf<K>> {
  return decorator('On', event, options);
}

/**
 * Like {@link On}, but at most once per instance: the handler is unsubscribed before it runs.
 *
 * @example
 * @Once(AppReady)
 * openDoors() { … }
 */
export function Once<const K extends EventKey>(
  event: K,
  options: OnceOptions<PayloadOf<K>> = {},
): HandlerDecorator<PayloadOf<K>> {
  return decorator('Once', event, options);
}

/**
 * Hears what any part of the application publishes on the bus.
 *
 * @param event a class, a token, or a topic (`*` is one segment of it, `**` any number)
 * @example
 * @Subscribe('order.*')
 * audit(event: OrderPlaced | OrderShipped) { … }
 *
 * @Subscribe(OrderPlaced, { group: 'mailers', concurrency: 5 })
 * async sendReceipt(event: OrderPlaced) { … }
 */
export function Subscribe<const K extends EventKey>(
  event: K,
  options: SubscribeOptions<PayloadOf<K>> = {},
): HandlerDecorator<PayloadOf<K>> {
  return decorator('Subscribe', event, options);
}

/**
 * Works off the messages of a queue, later than they were deferred.
 *
 * @param event a class, a token or a topic; a queue has no wildcards
 * @example
 * @Deferred(OrderPlaced, { queue: 'mail' })
 * async sendReceipt(event: OrderPlaced) { … }
 */
export function Deferred<const K extends EventKey>(
  event: K,
  options: DeferredOptions<PayloadOf<K>> = {},
): HandlerDecorator<PayloadOf<K>> {
  return decorator('Deferred', event, options);
}

function decorator<K extends EventKey>(verb: Verb, event: K, options: DeclaredOptions): HandlerDecorator<PayloadOf<K>> {
  return (target, method, descriptor) => declare(verb, event, options, target, method, descriptor);
}
