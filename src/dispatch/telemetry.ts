/** What is told to whoever traces and measures messages: tracing, metrics, diagnostics. */
import type { EventKey } from '../../decorators/event-key.js';

/** Where a message belongs in a distributed trace: the W3C headers that travel with it. */
export interface MessageTrace {
  /** The trace and the span that the message belongs to, as W3C Trace Context writes it. */
  readonly traceparent?: string | undefined;
  /** What tracing systems add to it, as W3C Trace Context writes it. */
  readonly tracestate?: string | undefined;
  /** Values that travel with the trace, as W3C Baggage writes them. */
  readonly baggage?: string | undefined;
}

/** Messages that are being sent together: what one `publish` sends, or what goes into one queue. */
export interface Sending {
  /** What the program has called. */
  readonly verb: 'publish' | 'defer';
  /** The engine: `'redis'`; `'memory'` for what stays in the process. */
  readonly system: string;
  /** The queue, or what the event is called on the bus. */
  readonly destination: string;
  /** The event; of several, the first. */
  readonly event: EventKey;
  /** How many events. */
  readonly count: number;
}

/** A call of a handler with a message, or, with `batch`, with several. */
export interface Processing {
  /** The decorator of the handler. */
  readonly verb: 'Subscribe' | 'Deferred';
  /** The engine: `'redis'`; `'memory'` for what stays in the process. */
  readonly system: string;
  /** The queue, or what the event is called on the bus. */
  readonly destination: string;
  /** What the handler has declared: a name that stands in the code, also where the destination has ids in it. */
  readonly event: string;
  /** `Class.method`. */
  readonly handler: string;
  /** The path of the scope that owns the handler. */
  readonly scope: string;
  /** The competing consumers that the handler belongs to. */
  readonly group: string | undefined;
  /** Of one message. */
  readonly id: string | undefined;
  /** The id of the first message of the chain. `undefined` with several messages. */
  readonly correlationId: string | undefined;
  /** 1 at first. */
  readonly attempt: number;
  /** Those of the messages; empty where none was traced. */
  readonly traces: readonly MessageTrace[];
  /** How many messages. */
  readonly count: number;
}

/** What became of a message of a queue. */
export interface Settlement {
  /** The application's name of it. */
  readonly queue: string;
  /** The engine: `'redis'`; `'memory'` for a queue in this process. */
  readonly system: string;
  /** Handled; to be tried again; a dead letter; or given back, with no attempt counted. */
  readonly outcome: 'done' | 'retry' | 'giveUp' | 'goBack';
  /** Of a dead letter: `'failed'`, `'expired'` … */
  readonly reason: string | undefined;
}

/** The numbers of one queue. */
export interface QueueNumbers {
  /** The application's name of it. */
  readonly queue: string;
  /** The engine: `'redis'`; `'memory'` for a queue in this process. */
  readonly system: string;
  /** How many messages are due and wait for a worker. */
  readonly waiting: number;
  /** How many messages are not due yet, those that are tried again included. */
  readonly delayed: number;
  /** How many messages a worker has. */
  readonly active: number;
  /** How many dead letters there are. */
  readonly dead: number;
  /** For how long the message that has waited longest has been due, in milliseconds; `undefined` where the engine does not tell. */
  readonly oldest?: number | undefined;
}

/** An application as telemetry asks it for its numbers. */
export interface MeasuredApplication {
  /** How many scopes are alive, and how many handlers have started and not settled. */
  census(): { readonly scopes: number; readonly inFlight: number };
  /** Asks each engine for its queues; an engine that does not answer is left out. */
  queues(): Promise<readonly QueueNumbers[]>;
}

/** Connects outside of any trace. */
export function outsideTraces<T>(telemetry: Telemetry | undefined, begin: () => T): T {
  return telemetry?.connect === undefined ? begin() : telemetry.connect(begin);
}

/**
 * Follows the messages of an application: given as `telemetry`, such as `openTelemetry()` of `carillon/opentelemetry`. Without it nothing is
 * asked and nothing is measured.
 */
export interface Telemetry {
  /** The application has been made; returns what is called at its end. */
  attach?(application: MeasuredApplication): (() => void) | undefined;
  /** Around the connecting to an engine: what goes on there for ever belongs to no request. Calls `begin` once, within its own turn. */
  connect?<T>(begin: () => T): T;
  /** Around the sending. Calls `next` once, within its own turn. */
  send<T>(sending: Sending, next: () => Promise<T>): Promise<T>;
  /** What a message that is sent now carries. */
  trace(): MessageTrace | undefined;
  /** Around the call of a handler. Calls `next` once, within its own turn, and returns or throws what it does. */
  process(processing: Processing, next: () => unknown): unknown;
  /** The outcome of a message of a queue is known. */
  settled?(settlement: Settlement): void;
}
