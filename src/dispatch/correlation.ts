/** What a message that a handler sends takes over from the message that the handler hears. */
import { LONGEST_TEXT, withinLimit } from '../events/attribute-limits.js';
import type { OutgoingFacts } from '../events/message-codec.js';
import type { MessageContext } from './delivery-context.js';
import type { Runtime } from './runtime.js';

/**
 * The story goes on: its correlation and its trace, with the message that is heard as the cause. Nothing where no message led here, and
 * nothing of what another program wrote beyond the limits.
 */
export function continuedFacts(runtime: Runtime): OutgoingFacts {
  const facts = currentMessageOf(runtime)?.facts;
  if (facts === undefined) return {};
  const { id, correlationId = id, traceparent, tracestate } = facts;
  return {
    correlationId: withinLimit(correlationId),
    causationId: withinLimit(id),
    traceparent: withinLimit(traceparent),
    tracestate: withinLimit(tracestate, LONGEST_TEXT),
  };
}

/** The message of the run that sends, or of what it was caused by; a plain handler has no run, and is the innermost while it is called. */
export function currentMessageOf({ context, currentMessage }: Runtime): MessageContext | undefined {
  if (currentMessage !== undefined) return currentMessage.context;
  for (let step = context.current(); step !== undefined; step = step.cause) {
    const message = step.deliveryContext?.message;
    if (message !== undefined) return message;
  }
  return undefined;
}
