/** The delivery that a handler may take as its second parameter. */
import type { MessageFacts } from '../../decorators/delivery.js';
import { eventName } from '../../decorators/event-key.js';
import type { Signal } from '../../decorators/signal.js';
import { handlerName } from './handler.js';
import type { InterceptedDelivery } from './interceptor.js';
import type { Run } from './run.js';

/** Looks everything up in the run only when it is asked for. */
export class RunDelivery implements InterceptedDelivery {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** @internal */
  get run(): Run {
    return this.#run;
  }

  get event(): string {
    return eventName(this.#run.deliveryContext?.key ?? this.#run.handler.plan.event);
  }

  get verb(): string {
    return this.#run.handler.plan.verb;
  }

  get handler(): string {
    return handlerName(this.#run.handler.plan);
  }

  get payload(): unknown {
    return this.#run.payload;
  }

  get scope(): string {
    return (this.#run.within ?? this.#run.handler.owner).path;
  }

  get signal(): Signal {
    return this.#run.signal;
  }

  get message(): MessageFacts | undefined {
    return this.#run.deliveryContext?.message?.facts;
  }

  stop(): void {
    if (this.#run.deliveryContext !== undefined) this.#run.deliveryContext.stopped = true;
  }

  progress(fraction: number): void {
    this.#run.deliveryContext?.message?.progress?.progress(fraction);
  }

  log(line: string): void {
    this.#run.deliveryContext?.message?.progress?.log(line);
  }
}

/** The run of a delivery that a handler was given. */
export function runOf(delivery: unknown): Run | undefined {
  return delivery instanceof RunDelivery ? delivery.run : undefined;
}
