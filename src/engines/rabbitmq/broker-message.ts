/** A message as RabbitMQ keeps it: its content is the envelope, and what is ours to know of it stands in the headers. */
import type { Message, Options } from 'amqplib';
import { newId, timeOfId } from '../../events/new-id.js';
import type { DeathReason, Failure, OutgoingMessage } from '../../queue/queue-provider.js';

export interface BrokerMessage {
  readonly id: string;
  readonly handler: string | undefined;
  readonly event: string;
  readonly content: Buffer;
  /** How often it has been given out and that counted. */
  readonly attempts: number;
  /** Milliseconds since 1970, as all times here; `undefined` where the id says it. */
  readonly enqueued: number | undefined;
  readonly expires: number | undefined;
}

/** A message that was given up. */
export interface StoredLetter extends BrokerMessage {
  readonly reason: DeathReason;
  readonly failure: Failure;
  readonly died: number;
}

const HANDLER = 'carillon-handler';
const ATTEMPTS = 'carillon-attempts';
const ENQUEUED = 'carillon-enqueued';
const EXPIRES = 'carillon-expires';
const REASON = 'carillon-reason';
const FAILURE = 'carillon-failure';
const DIED = 'carillon-died';

/** All headers of a message have to find room in 64 KiB. */
const LONGEST = 4000;

export function storedMessage({ id, handler, event, body, ttl }: OutgoingMessage): BrokerMessage {
  const enqueued = timeOfId(id) === undefined ? Date.now() : undefined;
  const expires = ttl === undefined ? undefined : Date.now() + ttl;
  return { id, handler, event, content: Buffer.from(body), attempts: 0, enqueued, expires };
}

/** As the client gives it, where it was written at all. */
interface Written {
  readonly messageId: string;
  readonly type: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** What another program wrote has no headers of ours. */
export function readMessage({ content, properties }: Message): BrokerMessage {
  const headers = properties.headers ?? {};
  const { messageId: id = newId(), type, timestamp } = properties as Partial<Written>;
  return {
    id,
    handler: headerText(headers[HANDLER]),
    event: type ?? '',
    content,
    // The server counts how often it took the message back from a worker, or from a connection that was lost.
    attempts: (numberOf(headers[ATTEMPTS]) ?? 0) + (numberOf(headers['x-delivery-count']) ?? 0),
    enqueued:
      numberOf(headers[ENQUEUED]) ?? (timestamp === undefined ? undefined : timestamp * 1000),
    expires: numberOf(headers[EXPIRES]),
  };
}

/** What says it nowhere is as old as can be. */
export function enqueuedAt({ id, enqueued }: BrokerMessage): number {
  return enqueued ?? timeOfId(id) ?? 0;
}

/** What the server itself gave up, by a policy of its own, says only why. */
export function readLetter(message: Message): StoredLetter {
  const headers = message.properties.headers ?? {};
  const stored = readMessage(message);
  const attempts = numberOf(headers[ATTEMPTS]) ?? 0;
  const { died, failure, reason } = deathOf(headers);
  return { ...stored, attempts, reason, failure, died: died ?? enqueuedAt(stored) };
}

export function propertiesOf(message: BrokerMessage | StoredLetter): Options.Publish {
  return {
    messageId: message.id,
    type: message.event,
    contentType: 'application/cloudevents+json',
    persistent: true,
    mandatory: true,
    headers: headersOf(message),
  };
}

function headersOf(message: BrokerMessage | StoredLetter): Record<string, unknown> {
  const { handler, attempts, enqueued, expires } = message;
  if (attempts === 0 && enqueued === undefined && expires === undefined && !('reason' in message))
    return plainHeaders(handler);
  return {
    [HANDLER]: handler,
    [ATTEMPTS]: attempts === 0 ? undefined : attempts,
    [ENQUEUED]: enqueued,
    [EXPIRES]: expires,
    ...('reason' in message ? deathHeaders(message) : undefined),
  };
}

/** The same object for one message after another: the client makes it a prototype, which takes two microseconds for a new one. */
function plainHeaders(handler: string | undefined): Record<string, unknown> {
  if (plain[HANDLER] !== handler) plain = { [HANDLER]: handler };
  return plain;
}

let plain: Record<string, unknown> = {};

function deathHeaders({ reason, failure, died }: StoredLetter): Record<string, unknown> {
  const { name, message: text, code, stack } = failure;
  const kept = { name: cut(name), message: cut(text), code: cut(code), stack: cut(stack) };
  return { [REASON]: reason, [FAILURE]: JSON.stringify(kept), [DIED]: died };
}

function deathOf(
  headers: Record<string, unknown>,
): Pick<StoredLetter, 'reason' | 'failure'> & { died: number | undefined } {
  const reason = headerText(headers[REASON]);
  if (reason !== undefined) {
    const failure = JSON.parse(headerText(headers[FAILURE]) ?? '{}') as Failure;
    return { reason: reason as DeathReason, failure, died: numberOf(headers[DIED]) };
  }
  const [death] = (headers['x-death'] ?? []) as { reason?: string; time?: { value?: number } }[];
  const why = death?.reason ?? 'unknown';
  const { value } = death?.time ?? {};
  return {
    reason: why === 'expired' ? 'expired' : 'failed',
    failure: { name: 'Error', message: `given up by RabbitMQ: ${why}` },
    died: value === undefined ? undefined : value * 1000,
  };
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, LONGEST);
}

function headerText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
