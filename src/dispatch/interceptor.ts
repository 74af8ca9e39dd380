/** What runs around every delivery: logging, timing, a transaction. */
import type { Delivery } from '../../decorators/delivery.js';

/** A delivery as an interceptor sees it. */
export interface InterceptedDelivery extends Delivery {
  /** `'On'`, `'Once'`, `'Subscribe'` or `'Deferred'`. */
  readonly verb: string;
  /** `Class.method` of the handler. */
  readonly handler: string;
  /** What the handler is called with. */
  readonly payload: unknown;
}

/**
 * Called around a handler; what it returns takes the place of the handler's value. Without `next()` the handler does not run.
 *
 * @example
 * const timed: Interceptor = async (delivery, next) => {
 *   const begin = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     console.log(delivery.handler, performance.now() - begin);
 *   }
 * };
 */
export type Interceptor = (delivery: InterceptedDelivery, next: () => unknown) => unknown;
