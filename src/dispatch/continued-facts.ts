/** What a message that a handler sends takes over from the message that the handler hears. */
import type { OutgoingFacts } from '../events/message-codec.js';
import type { Run } from './run.js';

/**
 * The story goes on: its correlation and its trace, with the message that is heard as the cause. Nothing where no message led here.
 *
 * @param run the one that sends; what it was caused by is looked at as well
 */
export function continuedFacts(run: Run | undefined): OutgoingFacts {
  for (let step = run; step !== undefined; step = step.cause) {
    const facts = step.frame?.message?.facts;
    if (facts === undefined) continue;
    const { id, correlationId = id, traceparent, tracestate } = facts;
    return { correlationId, causationId: id, traceparent, tracestate };
  }
  return {};
}
