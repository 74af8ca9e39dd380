/** What all services of one request may ask for: which delivery it is about. */
import type { Delivery } from '../payloads/delivery.js';

/** Bound as a constant in the request's container. */
export class DeliveryContext {
  constructor(
    readonly delivery: Delivery,
    /** The body as it was signed. */
    readonly body: string,
  ) {}
}

/** Emitted in the request's scope when all handlers of the payload have settled: the time to make things final. */
export class DeliveryHandled {
  constructor(readonly topic: string) {}
}
