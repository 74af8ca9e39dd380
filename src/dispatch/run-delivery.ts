/** The delivery that a handler may take as its second parameter. */
import type { MessageFacts } from '../../decorators/delivery.js';
import { eventName } from '../../decorators/event-key.js';
import type { Signal } from '../../decorators/signal.js';
import type { DeliveryContext } from './delivery-context.js';
import { type Handler, handlerName } from './handler.js';
import type { InterceptedDelivery } from './interceptor.js';
import type { Run } from './run.js';

/** Makes the run of a delivery. */
export type RunSource = (delivery: RunDelivery) => Run;

/**
 * Looks everything up only when it is asked for. There is one for each handler and not one for an emit, because it tells of its handler
 * also after an `await`.
 */
export class RunDelivery implements InterceptedDelivery {
  // Only declared, and not private by `#`: to initialise fields, V8 calls a function, which costs more than the call of a handler.
  declare readonly payload: unknown;
  /** @internal */
  declare readonly entry: Handler;
  /** @internal */
  declare readonly deliveryContext: DeliveryContext | undefined;
  /** @internal Its run, or what makes one as soon as something needs it. */
  declare source: Run | RunSource;

  constructor(
    entry: Handler,
    payload: unknown,
    deliveryContext: DeliveryContext | undefined,
    source: Run | RunSource,
  ) {
    this.entry = entry;
    this.payload = payload;
    this.deliveryContext = deliveryContext;
    this.source = source;
  }

  /** @internal */
  get run(): Run {
    const { source } = this;
    if (typeof source !== 'function') return source;
    const run = source(this);
    this.source = run;
    return run;
  }

  get event(): string {
    return eventName(this.deliveryContext?.key ?? this.entry.plan.event);
  }

  get verb(): string {
    return this.entry.plan.verb;
  }

  get handler(): string {
    return handlerName(this.entry.plan);
  }

  get scope(): string {
    const { entry, source } = this;
    const within = typeof source === 'function' ? undefined : source.within;
    return (within ?? entry.owner).path;
  }

  get signal(): Signal {
    return this.run.signal;
  }

  get message(): MessageFacts | undefined {
    return this.deliveryContext?.message?.facts;
  }

  stop(): void {
    if (this.deliveryContext !== undefined) this.deliveryContext.stopped = true;
  }

  progress(fraction: number): void {
    this.deliveryContext?.message?.progress?.progress(fraction);
  }

  log(line: string): void {
    this.deliveryContext?.message?.progress?.log(line);
  }
}

/** The run of a delivery that a handler was given. */
export function runOf(delivery: unknown): Run | undefined {
  return delivery instanceof RunDelivery ? delivery.run : undefined;
}
