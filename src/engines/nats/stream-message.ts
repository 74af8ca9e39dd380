/** What travels beside the body of a message, and what a server says of one that it gives out. */
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

/** What another program has stored has none: then it is for every handler of its event. */
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
  /** How often it has been given out, this time included. */
  readonly deliveries: number;
  readonly body: string;
  readonly #message: Msg;
  readonly #connection: NatsConnection;
  readonly #patience: number;

  constructor(message: Msg, connection: NatsConnection, patience: number) {
    const words = message.reply?.split('.') ?? [];
    // Newer servers say their domain and account as well.
    const [deliveries, sequence, , stored] = words.slice(words.length === 9 ? 4 : 6).map(Number);
    this.#message = message;
    this.#connection = connection;
    this.#patience = patience;
    this.sequence = sequence ?? 0;
    this.deliveries = deliveries ?? 1;
    this.facts = streamMessageFacts(message.headers, this.sequence, (stored ?? 0) / 1e6);
    this.body = message.string();
  }

  /** Resolves once the server has forgotten it. */
  async done(): Promise<void> {
    await this.#connection.request(this.#message.reply ?? '', '+ACK', { timeout: this.#patience });
  }

  /** Has it given out again in so many milliseconds. */
  again(after: number): void {
    this.#message.respond(
      after > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.ceil(after)) })}` : '-NAK',
    );
  }

  /** Says that it is still in work. */
  working(): void {
    this.#message.respond('+WPI');
  }
}
