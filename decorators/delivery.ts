/** What a handler may take as its second parameter: the facts of this one delivery, and what it may do about it. */
import type { Signal } from './signal.js';

/** What travels with a message that was published or deferred. */
export interface MessageFacts {
  /** The message's own id. */
  readonly id: string;
  /** The name under which its event travels. */
  readonly type: string;
  /** Who sent it: a URI reference. */
  readonly source: string;
  /** When it was sent. */
  readonly time: Date;
  /** How often it has been tried, this time included; 1 at first. */
  readonly attempt: number;
  /** What it is about, within its source. */
  readonly subject?: string;
  /** The id of the message that began the conversation. */
  readonly correlationId?: string;
  /** The id of the message whose handler sent this one. */
  readonly causationId?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  /** W3C Trace Context, the vendors' part. */
  readonly tracestate?: string;
  /** The version of the payload's schema. */
  readonly schemaVersion?: number;
  /** Messages with the same key are handled one after another. */
  readonly orderingKey?: string;
}

/**
 * One event on its way to one handler.
 *
 * @example
 * @On(OrderPlaced)
 * async reserve(order: OrderPlaced, delivery: Delivery) {
 *   await fetch(`/stock/${order.id}`, { signal: delivery.signal });
 * }
 */
export interface Delivery {
  /** The name of the event that was sent; for a handler of a pattern, the topic. */
  readonly event: string;
  /** The scope that owns the handler, from the top: `'application/request 7'`. */
  readonly scope: string;
  /** Aborted when the scope's drain time is over before the handler has settled. Made when it is first asked for. */
  readonly signal: Signal;
  /** What travels with the message; `undefined` for an event that was emitted. */
  readonly message: MessageFacts | undefined;
  /** Ends the delivery of this event to the handlers after this one, and its bubbling. */
  stop(): void;
  /** Tells how far the handler is, from 0 to 1, to whoever holds the message's id. Nothing for an event that was emitted. */
  progress(fraction: number): void;
  /** Adds a line to the message's log. Nothing for an event that was emitted. */
  log(line: string): void;
}
