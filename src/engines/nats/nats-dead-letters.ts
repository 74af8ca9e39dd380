/** The dead letters of one queue in JetStream: a stream of their own. */
import type { Msg } from '@nats-io/transport-node';
import { matchesFilter } from '../../queue/dead-letter-filter.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  DeathReason,
  Failure,
} from '../../queue/queue-provider.js';
import { type LetterReaderOptions, readLetters } from './letter-reader.js';
import type { PatientClient } from './patient-client.js';
import type { QueueStreams } from './queue-streams.js';
import {
  factHeaders,
  placeOf,
  readHeader,
  type StreamMessage,
  type StreamMessageFacts,
  streamMessageFacts,
} from './stream-message.js';

/** In a header, as JSON. */
interface Death {
  readonly reason: DeathReason;
  readonly failure: Failure;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly died: number;
}

interface StoredDeadLetter extends Death {
  readonly sequence: number;
  readonly facts: StreamMessageFacts;
  readonly body: string;
}

const DEATH = 'Carillon-Death';

/** How many characters of an error's message and stack are stored: they share the size of a NATS message with the body. */
const MAX_TEXT = 3000;

/** How many are changed in one round trip. */
const PORTION = 250;

/** Of a dead letter that another program stored. */
const UNKNOWN: Failure = { name: 'Error', message: 'its cause is not known' };

export class NatsDeadLetters implements DeadLetterStore {
  readonly #client: PatientClient;
  readonly #streams: QueueStreams;
  readonly #reader: LetterReaderOptions;

  constructor(client: PatientClient, streams: QueueStreams, reader: LetterReaderOptions) {
    this.#client = client;
    this.#streams = streams;
    this.#reader = reader;
  }

  /** Stores it once, also when it is called twice for the same message. */
  async add(
    message: StreamMessage,
    attempt: number,
    reason: DeathReason,
    failure: Failure,
  ): Promise<void> {
    const { name, message: text, stack, code } = failure;
    const short = {
      name,
      message: text.slice(0, MAX_TEXT),
      code,
      stack: stack?.slice(0, MAX_TEXT),
    };
    const death: Death = { reason, failure: short, attempt, died: Date.now() };
    const messageId = `${message.facts.id} ${message.sequence}`;
    await this.#store(message.facts, death, message.body, messageId);
  }

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return (await this.#select(filter)).map(({ facts, body, reason, failure, attempt, died }) => ({
      id: facts.id,
      handler: facts.handler,
      event: facts.event,
      body,
      reason,
      failure,
      attempt,
      enqueuedAt: new Date(facts.enqueued),
      diedAt: new Date(died),
    }));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.#select(filter)).length;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    return this.#each(await this.#select(filter), async ({ facts, body, sequence }) => {
      const headers = factHeaders({ ...facts, due: undefined, expires: undefined });
      const msgID = `letter ${facts.id} ${sequence}`;
      await this.#client.publish(this.#streams.work, body, { headers, msgID });
      await this.#delete(sequence);
    });
  }

  async edit(id: string, body: string): Promise<boolean> {
    const [deadLetter] = await this.#select({ ids: [id] });
    if (deadLetter === undefined) return false;
    const { sequence, facts, reason, failure, attempt, died } = deadLetter;
    await this.#store(facts, { reason, failure, attempt, died }, body);
    await this.#delete(sequence);
    return true;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.#each(await this.#select(filter), ({ sequence }) => this.#delete(sequence));
  }

  /** A portion is sent at once, in order, and the next one when it is done. */
  async #each(
    deadLetters: readonly StoredDeadLetter[],
    change: (deadLetter: StoredDeadLetter) => Promise<void>,
  ): Promise<number> {
    for (let start = 0; start < deadLetters.length; start += PORTION)
      await Promise.all(deadLetters.slice(start, start + PORTION).map(change));
    return deadLetters.length;
  }

  async #store(
    facts: StreamMessageFacts,
    death: Death,
    body: string,
    messageId?: string,
  ): Promise<void> {
    const headers = factHeaders(facts);
    headers.set(DEATH, JSON.stringify(death));
    await this.#client.publish(this.#streams.dead, body, {
      headers,
      ...(messageId === undefined ? {} : { msgID: messageId }),
    });
  }

  async #delete(sequence: number): Promise<void> {
    // Without writing over what is deleted, which would be much slower.
    await this.#reader.manager.streams.deleteMessage(this.#streams.deadLetters, sequence, false);
  }

  /** In the order of the stream, the first of which are enough: one that was edited stands where it was stored again. */
  async #select(filter: DeadLetterFilter): Promise<StoredDeadLetter[]> {
    const { limit = Number.POSITIVE_INFINITY, ids } = filter;
    const most = Math.min(limit, ids?.length ?? Number.POSITIVE_INFINITY);
    // A dead letter that is being edited is stored twice for a moment.
    const found = new Map<string, StoredDeadLetter>();
    await readLetters(this.#reader, (portion) => {
      for (const deadLetter of portion.map(deadLetterOf))
        if (matches(deadLetter, filter)) found.set(deadLetter.facts.id, deadLetter);
      return found.size < most;
    });
    return [...found.values()]
      .sort((a, b) => a.died - b.died || a.sequence - b.sequence)
      .slice(0, limit);
  }
}

function matches(
  { facts, reason, failure, died }: StoredDeadLetter,
  filter: DeadLetterFilter,
): boolean {
  return matchesFilter({ ...facts, handler: facts.handler, reason, failure, died }, filter);
}

/** Another program may have stored anything. */
function deadLetterOf(message: Msg): StoredDeadLetter {
  const { sequence, stored } = placeOf(message);
  const facts = streamMessageFacts(message, `nats-letter-${sequence}`, stored);
  const { reason, failure, attempt, died } = (readHeader(message, DEATH) ?? {}) as Partial<Death>;
  return {
    sequence,
    facts,
    body: message.string(),
    reason: typeof reason === 'string' ? reason : 'unreadable',
    failure: typeof failure?.message === 'string' ? failure : UNKNOWN,
    attempt: typeof attempt === 'number' ? attempt : 0,
    died: typeof died === 'number' ? died : stored,
  };
}
