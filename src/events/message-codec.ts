/** From an event to the text that travels, and back: what a remote bus and a durable queue share. */

import { CarillonError } from '../../decorators/carillon-error.js';
import type { MessageFacts } from '../../decorators/delivery.js';
import type { EventKey } from '../../decorators/event-key.js';
import { type EventTypeInfo, eventTypeOf } from '../../decorators/event-type.js';
import { isThrown } from './describe-thrown.js';
import { decodeEnvelope, type Envelope, isBytes, timestamp, writeEnvelope } from './envelope.js';
import { kindOf } from './event-types.js';
import { newId, timeOfId } from './new-id.js';
import { PayloadCodec, type WrittenPayload } from './payload-codec.js';
import type { PayloadReader } from './payload-reader.js';
import type { JsonLimits } from './safe-json.js';

/** How messages are written and read. */
export interface CodecOptions {
  /** Who sends: a URI or a relative one. */
  readonly source: string;
  /** Makes and checks payloads of event classes. Default one that copies properties and checks nothing. */
  readonly reader?: PayloadReader | undefined;
  /** How large and how deep a message may be. */
  readonly limits?: JsonLimits | undefined;
}

/** What the sender says of a message. */
export type OutgoingFacts = Partial<
  Pick<
    Envelope,
    | 'time'
    | 'subject'
    | 'dataSchema'
    | 'correlationId'
    | 'causationId'
    | 'traceparent'
    | 'tracestate'
    | 'orderingKey'
    | 'extensions'
  >
> & { readonly id?: string | undefined };

/** A message that is ready to leave. */
export interface EncodedMessage {
  readonly envelope: Envelope;
  /** The structured JSON of the envelope. */
  readonly text: string;
}

/** The codec of one application. */
export class MessageCodec {
  readonly #payloads: PayloadCodec;
  readonly #source: string;
  readonly #limits: JsonLimits;

  constructor({ source, reader, limits = {} }: CodecOptions) {
    this.#payloads = new PayloadCodec(reader);
    this.#source = source;
    this.#limits = limits;
  }

  /**
   * The name under which the event travels; to be asked for when a handler is wired, so that what cannot travel is refused then.
   *
   * @throws CarillonError `CAR5031`, `CAR5032` for an event that has no name of its own, `CAR7020` for a class that asks too much
   */
  nameOf(key: EventKey): string {
    return this.#payloads.nameOf(key);
  }

  /** The event of a message; `undefined` for one whose class or token nobody has named here. */
  keyOf({ type, kind }: Envelope): EventKey | undefined {
    return this.#payloads.types.keyOf(type, kind);
  }

  /**
   * Checks the payload and writes the message; at once where its reader does.
   *
   * @throws CarillonError (or a rejection) as {@link nameOf}, `CAR5034` and `CAR5037` for what cannot travel, `CAR5035` for a payload that
   * is not valid
   */
  encode(
    key: EventKey,
    payload: unknown,
    facts: OutgoingFacts = {},
  ): EncodedMessage | Promise<EncodedMessage> {
    const type = this.nameOf(key);
    const written = this.#payloads.write(key, payload);
    return written instanceof Promise
      ? written.then((payload) => this.#encoded(key, type, payload, facts))
      : this.#encoded(key, type, written, facts);
  }

  /**
   * Reads what surrounds the payload.
   *
   * @throws CarillonError `CAR5033` for what is no CloudEvent, `CAR5034` for what is too large, too deep or hostile
   */
  decode(message: string | Uint8Array): Envelope {
    return decodeEnvelope(message, this.#limits);
  }

  /**
   * The payload of a message as handlers of that event get it: for a class, brought to its version, rebuilt and checked.
   *
   * @throws CarillonError (or a rejection) `CAR5035` for a payload that is not valid, `CAR5036` for a version that cannot be read
   */
  payloadFor(key: EventKey, envelope: Envelope): unknown {
    const info = infoOf(key);
    if (info === undefined) return envelope.data;
    const what = `The message ${envelope.id} of ${envelope.source}`;
    return this.#payloads.read(key, upcast(info, envelope), what);
  }

  #encoded(
    key: EventKey,
    type: string,
    { data, prototype }: WrittenPayload,
    facts: OutgoingFacts,
  ): EncodedMessage {
    // An id of our own tells the time, and a message that begins a story is its first: neither is written twice.
    const { id = newId(), time = facts.id === undefined ? undefined : timestamp() } = facts;
    const correlationId = facts.correlationId === id ? undefined : facts.correlationId;
    const { subject, dataSchema, causationId, traceparent, tracestate, orderingKey, extensions } =
      facts;
    const envelope: Envelope = {
      id,
      source: this.#source,
      type,
      time,
      subject,
      dataSchema,
      contentType: contentTypeOf(data),
      kind: kindOf(key),
      schemaVersion: infoOf(key)?.version,
      correlationId,
      causationId,
      traceparent,
      tracestate,
      orderingKey,
      extensions,
      data,
    };
    return { envelope, text: writeEnvelope(envelope, this.#limits, prototype) };
  }
}

function infoOf(key: EventKey): EventTypeInfo | undefined {
  return typeof key === 'function' ? eventTypeOf(key) : undefined;
}

/** What says nothing is JSON (CloudEvents JSON format 1.0.2, 3.1). */
function contentTypeOf(data: unknown): string | undefined {
  return isBytes(data) ? 'application/octet-stream' : undefined;
}

/** What does not say its version has the present one: another program wrote it for us. */
function upcast(
  { name, version, upcast: steps }: EventTypeInfo,
  { id, schemaVersion = version, data }: Envelope,
): unknown {
  if (schemaVersion === version) return data;
  const refuse = (reason: string, cause?: unknown) =>
    new CarillonError(
      'CAR5036',
      `The message ${id} has version ${schemaVersion} of ${name}; this program reads ${version}: ${reason}.`,
      {
        cause,
      },
    );
  if (schemaVersion > version) throw refuse('it is newer. Update this program first');
  try {
    if (typeof steps === 'function') return steps(data, schemaVersion);
    let value = data;
    for (let step = schemaVersion; step < version; step += 1) {
      const next = steps?.[step];
      if (next === undefined) throw refuse('there is no upcast for it. Add one to @EventType');
      value = next(value, step);
    }
    return value;
  } catch (cause) {
    throw isThrown(cause, CarillonError)
      ? cause
      : refuse('its upcast failed. See the cause', cause);
  }
}

const OPTIONAL = [
  'subject',
  'correlationId',
  'causationId',
  'traceparent',
  'tracestate',
  'schemaVersion',
  'orderingKey',
] as const;

/** When the message was sent, by what it says or by its id; `undefined` where neither tells. */
export function sentAt({ id, time }: Envelope): Date | undefined {
  if (time !== undefined) return dateOf(time);
  const told = timeOfId(id);
  return told === undefined ? undefined : new Date(told);
}

/** The facts of the envelope; a message that does not say when it was sent was sent now. */
export function envelopeFacts(envelope: Envelope, attempt: number): MessageFacts {
  const { id, type, source } = envelope;
  const time = sentAt(envelope) ?? new Date();
  const facts: Record<string, unknown> = { id, type, source, attempt, time, correlationId: id };
  for (const name of OPTIONAL) if (envelope[name] !== undefined) facts[name] = envelope[name];
  return facts as unknown as MessageFacts;
}

/** A leap second, which `Date` does not have, is the first one of the next minute. */
function dateOf(time: string): Date {
  const date = new Date(time);
  if (!Number.isNaN(date.getTime())) return date;
  return new Date(new Date(time.replace(/:60/, ':59')).getTime() + 1000);
}
