/** What a handler may know of a message that came from outside. */
import type { MessageFacts } from '../../decorators/delivery.js';
import type { Envelope } from './envelope.js';

const OPTIONAL = [
  'subject',
  'correlationId',
  'causationId',
  'traceparent',
  'tracestate',
  'schemaVersion',
  'orderingKey',
] as const;

/** The facts of the envelope; a message that does not say when it was sent was sent now. */
export function factsOf(envelope: Envelope, attempt: number): MessageFacts {
  const { id, type, source, time } = envelope;
  const facts: Record<string, unknown> = { id, type, source, attempt, time: time === undefined ? new Date() : new Date(time) };
  for (const name of OPTIONAL) if (envelope[name] !== undefined) facts[name] = envelope[name];
  return facts as unknown as MessageFacts;
}
