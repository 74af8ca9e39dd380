/** The headers of a message, and what the server adds to one that it gives out. */
import { headers, type Msg, type MsgHdrs, nanos } from '@nats-io/transport-node';
import { timeOfId } from '../../events/new-id.js';
import { type Insistence, insist } from './insist.js';
import type { Requests } from './requests.js';

/** In a header, as JSON. Times are milliseconds since 1970. */
export interface StreamMessageFacts {
  readonly id: string;
  readonly handler?: string | undefined;
  readonly event: string;
  readonly enqueued: number;
  readonly due?: number | undefined;
  readonly expires?: number | undefined;
  /** By what duplicates of a message that is not due yet are recognised, and until when. */
  readonly dedup?: { readonly key: string; readonly until: number } | undefined;
}

const FACTS = 'Carillon-Message';

const ACKNOWLEDGED = /* @__PURE__ */ new TextEncoder().encode('+ACK');

/** An id of our own tells when the message was stored. */
export function factHeaders(facts: StreamMessageFacts): MsgHdrs {
  const { id, enqueued } = facts;
  const needed = { ...facts, enqueued: timeOfId(id) === undefined ? enqueued : undefined };
  const written = headers();
  written.set(FACTS, JSON.stringify(needed));
  return written;
}

/**
 * A message that another program stored has no such header, or a broken one: it is for every handler of its event.
 *
 * @param foreignId its id then
 */
export function streamMessageFacts(
  message: WithHeaders,
  foreignId: string,
  stored: number,
): StreamMessageFacts {
  const foreign = { id: foreignId, event: '', enqueued: stored };
  const facts = readHeader(message, FACTS);
  if (typeof facts !== 'object' || facts === null) return foreign;
  const { id, handler, event, enqueued, due, expires, dedup } = facts as Record<string, unknown>;
  if (typeof id !== 'string' || typeof event !== 'string') return foreign;
  return {
    id,
    event,
    enqueued: typeof enqueued === 'number' ? enqueued : (timeOfId(id) ?? stored),
    handler: typeof handler === 'string' ? handler : undefined,
    due: typeof due === 'number' ? due : undefined,
    expires: typeof expires === 'number' ? expires : undefined,
    dedup: isDedup(dedup) ? dedup : undefined,
  };
}

/** Its client reads the headers when it is asked for them, and throws at those that are broken. */
export interface WithHeaders {
  readonly headers?: MsgHdrs | undefined;
}

/** The status that the server tells in place of a message; `undefined` for a message, whatever its headers say. */
export function statusOf(message: Msg): MsgHdrs | undefined {
  return message.reply?.startsWith('$JS.ACK.') === true ? undefined : message.headers;
}

/** What a header holds as JSON; `undefined` where that is broken. Thrown in a callback of the client, the error would end its connection. */
export function readHeader(message: WithHeaders, header: string): unknown {
  try {
    const text = message.headers?.get(header) ?? '';
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDedup(value: unknown): value is NonNullable<StreamMessageFacts['dedup']> {
  const { key, until } = (value ?? {}) as Record<string, unknown>;
  return typeof key === 'string' && typeof until === 'number';
}

/** What the server writes into the address for the acknowledgement; times are milliseconds since 1970. */
export function placeOf({ reply }: Msg): {
  readonly deliveries: number;
  readonly sequence: number;
  readonly stored: number;
} {
  const words = reply?.split('.') ?? [];
  // Newer servers add their domain and account.
  const [deliveries = 1, sequence = 0, , stored = 0] = words
    .slice(words.length === 9 ? 4 : 6)
    .map(Number);
  return { deliveries, sequence, stored: stored / 1e6 };
}

/** A message that was given out to this process. */
export class StreamMessage {
  readonly facts: StreamMessageFacts;
  readonly sequence: number;
  /** How often it has been given out, this delivery included. */
  readonly deliveries: number;
  readonly body: string;
  readonly #message: Msg;
  readonly #requests: Requests;
  readonly #insistence: Insistence;

  constructor(message: Msg, requests: Requests, insistence: Insistence) {
    const { deliveries, sequence, stored } = placeOf(message);
    this.#message = message;
    this.#requests = requests;
    this.#insistence = insistence;
    this.sequence = sequence;
    this.deliveries = deliveries;
    this.facts = streamMessageFacts(message, `nats-${this.sequence}`, stored);
    this.body = message.string();
  }

  /** Resolves once the server has removed the message. */
  acknowledge(): Promise<unknown> {
    const { reply = '' } = this.#message;
    return insist(this.#insistence, (timeout) => this.#requests.ask(reply, ACKNOWLEDGED, timeout));
  }

  /** Makes the server give it out again after the given milliseconds. */
  redeliver(after: number): void {
    this.#message.respond(
      after > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.ceil(after)) })}` : '-NAK',
    );
  }

  /** The message is still in progress. */
  extendLease(): void {
    this.#message.respond('+WPI');
  }
}
