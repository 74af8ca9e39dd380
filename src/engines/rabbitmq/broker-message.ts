/** A message as RabbitMQ stores it: its content is the envelope, and the headers hold what the engine needs to know. */
import type { Message, Options } from 'amqplib';
import { newId, timeOfId } from '../../events/new-id.js';
import type { DeathReason, Failure, OutgoingMessage } from '../../queue/queue-provider.js';
import { fits } from './queue-names.js';

export interface BrokerMessage {
  readonly id: string;
  readonly handler: string | undefined;
  readonly event: string;
  readonly content: Buffer;
  /** How often it has been attempted. */
  readonly attempts: number;
  /** In milliseconds since 1970, like all times here; `undefined` if the id contains it. */
  readonly enqueued: number | undefined;
  readonly expires: number | undefined;
}

/** A message that was given up. */
export interface StoredDeadLetter extends BrokerMessage {
  readonly reason: DeathReason;
  readonly failure: Failure;
  readonly died: number;
}

const HANDLER = 'carillon-handler';
const ATTEMPTS = 'carillon-attempts';
/** The name of an event that is too long for the property. */
const EVENT = 'carillon-event';
const ENQUEUED = 'carillon-enqueued';
const EXPIRES = 'carillon-expires';
const REASON = 'carillon-reason';
const FAILURE = 'carillon-failure';
const DIED = 'carillon-died';

/** How many characters of a text are stored: all headers of a message have to fit into 64 KiB. */
const MAX_TEXT = 4000;

export function storedMessage({ id, handler, event, body, ttl }: OutgoingMessage): BrokerMessage {
  const enqueued = timeOfId(id) === undefined ? Date.now() : undefined;
  const expires = ttl === undefined ? undefined : Date.now() + ttl;
  return { id, handler, event, content: Buffer.from(body), attempts: 0, enqueued, expires };
}

/** The properties of a message, as far as its publisher has set them. */
interface MessageProperties {
  readonly messageId: string;
  readonly type: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** A message of another program lacks our headers. */
export function readMessage({ content, properties }: Message): BrokerMessage {
  const headers = properties.headers ?? {};
  const { messageId: id = newId(), type, timestamp } = properties as Partial<MessageProperties>;
  return {
    id,
    handler: headerText(headers[HANDLER]),
    event: headerText(headers[EVENT]) ?? type ?? '',
    content,
    // The server counts how often the message was put back by a worker or by the loss of a connection.
    attempts:
      (headerNumber(headers[ATTEMPTS]) ?? 0) + (headerNumber(headers['x-delivery-count']) ?? 0),
    enqueued:
      headerNumber(headers[ENQUEUED]) ?? (timestamp === undefined ? undefined : timestamp * 1000),
    expires: headerNumber(headers[EXPIRES]),
  };
}

/** A message of unknown age counts as the oldest. */
export function enqueuedAt({ id, enqueued }: BrokerMessage): number {
  return enqueued ?? timeOfId(id) ?? 0;
}

/** A message that the server dropped by a policy has only the reason for that. */
export function readDeadLetter(message: Message): StoredDeadLetter {
  const headers = message.properties.headers ?? {};
  const stored = readMessage(message);
  const attempts = headerNumber(headers[ATTEMPTS]) ?? 0;
  const { died, failure, reason } = deathOf(headers);
  return { ...stored, attempts, reason, failure, died: died ?? enqueuedAt(stored) };
}

export function propertiesOf(message: BrokerMessage | StoredDeadLetter): Options.Publish {
  return {
    messageId: message.id,
    ...(fits(message.event) ? { type: message.event } : undefined),
    contentType: 'application/cloudevents+json',
    persistent: true,
    mandatory: true,
    headers: headersOf(message),
  };
}

function headersOf(message: BrokerMessage | StoredDeadLetter): Record<string, unknown> {
  const { handler, attempts, enqueued, expires } = message;
  const event = fits(message.event) ? undefined : message.event;
  const isPlain =
    attempts === 0 && enqueued === undefined && expires === undefined && event === undefined;
  if (isPlain && !('reason' in message)) return plainHeaders(handler);
  return {
    [HANDLER]: handler,
    [EVENT]: event,
    [ATTEMPTS]: attempts === 0 ? undefined : attempts,
    [ENQUEUED]: enqueued,
    [EXPIRES]: expires,
    ...('reason' in message ? deathHeaders(message) : undefined),
  };
}

/** Reuses the object for messages to the same handler: the client makes it a prototype, which takes two microseconds for each new one. */
function plainHeaders(handler: string | undefined): Record<string, unknown> {
  if (plain[HANDLER] !== handler) plain = { [HANDLER]: handler };
  return plain;
}

let plain: Record<string, unknown> = {};

function deathHeaders({ reason, failure, died }: StoredDeadLetter): Record<string, unknown> {
  const { name, message: text, code, stack } = failure;
  const short = { name: cut(name), message: cut(text), code: cut(code), stack: cut(stack) };
  return { [REASON]: reason, [FAILURE]: JSON.stringify(short), [DIED]: died };
}

function deathOf(
  headers: Record<string, unknown>,
): Pick<StoredDeadLetter, 'reason' | 'failure'> & { died: number | undefined } {
  const reason = headerText(headers[REASON]);
  if (reason !== undefined) {
    const failure = failureOf(headerText(headers[FAILURE]));
    return { reason: reason as DeathReason, failure, died: headerNumber(headers[DIED]) };
  }
  const [death] = (headers['x-death'] ?? []) as { reason?: string; time?: { value?: number } }[];
  const cause = death?.reason ?? 'unknown';
  const { value } = death?.time ?? {};
  return {
    reason: cause === 'expired' ? 'expired' : 'failed',
    failure: { name: 'Error', message: `given up by RabbitMQ: ${cause}` },
    died: value === undefined ? undefined : value * 1000,
  };
}

/** Another program may have written anything into the header. */
function failureOf(text = ''): Failure {
  try {
    const failure = JSON.parse(text) as Partial<Failure> | null;
    if (typeof failure?.message === 'string') return failure as Failure;
  } catch {
    // It is no JSON.
  }
  return { name: 'Error', message: 'its cause is not known' };
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_TEXT);
}

function headerText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function headerNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
