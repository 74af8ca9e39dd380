/** The headers of a message, and what the server adds to one that it gives out. */
import {
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  nanos,
} from '@nats-io/transport-node';

/** In a header, as JSON. Times are milliseconds since 1970. */
export interface StreamMessageFacts {
  readonly id: string;
  readonly handler?: string | undefined;
  readonly event: string;
  readonly enqueued: number;
  readonly due?: number | undefined;
  readonly expires?: number | undefined;
}

const FACTS = 'Carillon-Message';

export function factHeaders(facts: StreamMessageFacts): MsgHdrs {
  const written = headers();
  written.set(FACTS, JSON.stringify(facts));
  return written;
}

/** A message that another program stored has no such header: it is for every handler of its event. */
export function streamMessageFacts(
  written: MsgHdrs | undefined,
  sequence: number,
  stored: number,
): StreamMessageFacts {
  const text = written?.get(FACTS) ?? '';
  return text === ''
    ? { id: `nats-${sequence}`, event: '', enqueued: stored }
    : (JSON.parse(text) as StreamMessageFacts);
}

/** A message that was given out to this process. */
export class StreamMessage {
  readonly facts: StreamMessageFacts;
  readonly sequence: number;
  /** How often it has been given out, this delivery included. */
  readonly deliveries: number;
  readonly body: string;
  readonly #message: Msg;
  readonly #connection: NatsConnection;
  readonly #patience: number;

  constructor(message: Msg, connection: NatsConnection, patience: number) {
    const words = message.reply?.split('.') ?? [];
    // Newer servers add their domain and account.
    const [deliveries, sequence, , stored] = words.slice(words.length === 9 ? 4 : 6).map(Number);
    this.#message = message;
    this.#connection = connection;
    this.#patience = patience;
    this.sequence = sequence ?? 0;
    this.deliveries = deliveries ?? 1;
    this.facts = streamMessageFacts(message.headers, this.sequence, (stored ?? 0) / 1e6);
    this.body = message.string();
  }

  /** Resolves once the server has removed the message. */
  async acknowledge(): Promise<void> {
    await this.#connection.request(this.#message.reply ?? '', '+ACK', { timeout: this.#patience });
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
