/** What a run is to those that it leads to: all of it while it goes on, and afterwards only the ids of its message. */
import type { MessageFacts } from '../../decorators/delivery.js';
import type { DeliveryContext, MessageContext } from './delivery-context.js';

/** What a message that is sent takes over from the message that led to it. */
export type Story = Pick<MessageFacts, 'id' | 'correlationId' | 'traceparent' | 'tracestate'>;

/** What is asked of a run. */
interface CausingRun {
  readonly deliveryContext: DeliveryContext | undefined;
}

/**
 * Those that it led to may live longer than the run, and they lead to others: a handler that emits its own event again has no first cause. So
 * nobody holds the run itself, and causes that have settled are skipped.
 */
export class Cause<R extends CausingRun> {
  #run: R | undefined;
  #above: Cause<R> | undefined;
  /** Of the nearest message among this one and the causes that were skipped. */
  #story: Story | undefined;

  /** @param run `undefined` where it has settled already */
  constructor(run: R | undefined, above: Cause<R> | undefined) {
    this.#run = run;
    this.#above = above;
  }

  /** The runs that have not settled, the innermost first. */
  *runs(): Generator<R> {
    for (let step: Cause<R> | undefined = this; step !== undefined; step = step.#above)
      if (step.#run !== undefined) yield step.#run;
  }

  /** The message of the nearest run that has one and goes on; `undefined` where one that has settled is nearer. */
  get message(): MessageContext | undefined {
    const nearest = this.#nearest();
    return nearest !== undefined && 'facts' in nearest ? nearest : undefined;
  }

  /** What a message that is sent now goes on with. */
  get story(): Story | undefined {
    const nearest = this.#nearest();
    return nearest !== undefined && 'facts' in nearest ? nearest.facts : nearest;
  }

  /** The run has settled. */
  settle(): void {
    const facts = this.#run?.deliveryContext?.message?.facts;
    this.#run = undefined;
    if (facts !== undefined) this.#story = copyOf(facts);
    this.#shorten();
  }

  /** The message of the nearest cause that has one, or what is left of it. */
  #nearest(): MessageContext | Story | undefined {
    for (let step: Cause<R> | undefined = this; step !== undefined; step = step.#above) {
      const found = step.#run?.deliveryContext?.message ?? step.#story;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Skips the causes that have settled. */
  #shorten(): void {
    for (let above = this.#above; above !== undefined; above = above.#above) {
      if (above.#run !== undefined) break;
      this.#story ??= above.#story;
      this.#above = above.#above;
    }
  }
}

/** The facts of a message may be read from the message itself, and would keep it. */
function copyOf({ id, correlationId, traceparent, tracestate }: MessageFacts): Story {
  return {
    id,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}
