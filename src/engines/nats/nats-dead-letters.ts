/** The dead letters of one queue in JetStream: a stream of their own. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { matchesFilter } from '../../queue/dead-letter-filter.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  DeathReason,
  Failure,
} from '../../queue/queue-provider.js';
import type { QueueStreams } from './queue-streams.js';
import {
  factHeaders,
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

export class NatsDeadLetters implements DeadLetterStore {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #streams: QueueStreams;

  constructor(client: JetStreamClient, manager: JetStreamManager, streams: QueueStreams) {
    this.#client = client;
    this.#manager = manager;
    this.#streams = streams;
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
    const deadLetters = await this.#select(filter);
    for (const { facts, body, sequence } of deadLetters) {
      const headers = factHeaders({ ...facts, due: undefined, expires: undefined });
      await this.#client.publish(this.#streams.work, body, {
        headers,
        msgID: `letter ${facts.id} ${sequence}`,
      });
      await this.#delete(sequence);
    }
    return deadLetters.length;
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
    const deadLetters = await this.#select(filter);
    for (const { sequence } of deadLetters) await this.#delete(sequence);
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
    await this.#manager.streams.deleteMessage(this.#streams.deadLetters, sequence);
  }

  async #select(filter: DeadLetterFilter): Promise<StoredDeadLetter[]> {
    // A dead letter that is being edited is stored twice for a moment.
    const deadLetters = new Map<string, StoredDeadLetter>();
    for await (const deadLetter of this.#all()) deadLetters.set(deadLetter.facts.id, deadLetter);
    return [...deadLetters.values()]
      .filter(({ facts, reason, failure, died }) =>
        matchesFilter({ ...facts, handler: facts.handler, reason, failure, died }, filter),
      )
      .sort((a, b) => a.died - b.died || a.sequence - b.sequence)
      .slice(0, filter.limit);
  }

  async *#all(): AsyncGenerator<StoredDeadLetter> {
    for (let next = 1; ; ) {
      const query = { seq: next, next_by_subj: this.#streams.dead };
      const stored = await this.#manager.direct.getMessage(this.#streams.deadLetters, query);
      if (stored === null) return;
      const { seq: sequence, header, time } = stored;
      const facts = streamMessageFacts(header, sequence, time.getTime());
      yield { ...(JSON.parse(header.get(DEATH)) as Death), facts, sequence, body: stored.string() };
      next = sequence + 1;
    }
  }
}
