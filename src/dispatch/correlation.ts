/** What a message that a handler sends takes over from the message that the handler hears. */
import { LONGEST_TEXT, withinLimit } from '../events/attribute-limits.js';
import type { OutgoingFacts } from '../events/message-codec.js';
import type { MessageContext } from './delivery-context.js';
import type { Runtime } from './runtime.js';
import type { Telemetry } from './telemetry.js';

/**
 * The story goes on: its correlation and its trace, with the message that is heard as the cause. Nothing where no message led here, and
 * nothing of what another program wrote beyond the limits.
 */
export function continuedFacts(runtime: Runtime): OutgoingFacts {
  const { context, currentMessage, telemetry } = runtime;
  const story = currentMessage?.context.facts ?? context.current()?.story;
  const traced = telemetry === undefined ? undefined : tracedFacts(telemetry);
  if (story === undefined) return traced ?? {};
  const { id, correlationId = id, traceparent, tracestate } = story;
  return {
    correlationId: withinLimit(correlationId),
    causationId: withinLimit(id),
    traceparent: withinLimit(traceparent),
    tracestate: withinLimit(tracestate, LONGEST_TEXT),
    ...traced,
  };
}

/** Who traces knows the trace that goes on here; where there is none, that of the message does. */
function tracedFacts(telemetry: Telemetry): OutgoingFacts | undefined {
  const trace = telemetry.trace();
  if (trace === undefined) return undefined;
  const baggage = withinLimit(trace.baggage, LONGEST_TEXT);
  return {
    traceparent: withinLimit(trace.traceparent),
    tracestate: withinLimit(trace.tracestate, LONGEST_TEXT),
    ...(baggage === undefined ? {} : { extensions: { baggage } }),
  };
}

/**
 * The message of the run that sends, or of what it was caused by, as long as its handler goes on; a plain handler has no run, and is the
 * innermost while it is called.
 */
export function currentMessageOf({ context, currentMessage }: Runtime): MessageContext | undefined {
  return currentMessage?.context ?? context.current()?.message;
}
