/** The dead letters of one queue in JetStream: a stream of their own. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { isError } from '../../queue/memory/dead-letter-list.js';
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
  readonly died: number;
}

interface StoredDeadLetter extends Death {
  readonly sequence: number;
  readonly facts: StreamMessageFacts;
  readonly body: string;
}

const DEATH = 'Carillon-Death';

/** So much of a message or a stack is kept, in characters: it travels beside the body. */
const TEXT = 3000;

export class NatsDeadLetters implements DeadLetterStore {
  constructor(
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly streams: QueueStreams,
  ) {}

  /** Stored once, also when it is told twice. */
  async add(
    message: StreamMessage,
    attempt: number,
    reason: DeathReason,
    failure: Failure,
  ): Promise<void> {
    const { name, message: text, stack, code } = failure;
    const short = { name, message: text.slice(0, TEXT), code, stack: stack?.slice(0, TEXT) };
    const death: Death = { reason, failure: short, attempt, died: Date.now() };
    await this.#store(
      message.facts,
      death,
      message.body,
      `${message.facts.id} ${message.sequence}`,
    );
  }

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return (await this.#chosen(filter)).map(({ facts, body, reason, failure, attempt, died }) => ({
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
    return (await this.#chosen(filter)).length;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    const letters = await this.#chosen(filter);
    for (const { facts, body, sequence } of letters) {
      const headers = factHeaders({ ...facts, due: undefined, expires: undefined });
      await this.client.publish(this.streams.work, body, {
        headers,
        msgID: `letter ${facts.id} ${sequence}`,
      });
      await this.#delete(sequence);
    }
    return letters.length;
  }

  async edit(id: string, body: string): Promise<boolean> {
    const [letter] = await this.#chosen({ ids: [id] });
    if (letter === undefined) return false;
    const { sequence, facts, reason, failure, attempt, died } = letter;
    await this.#store(facts, { reason, failure, attempt, died }, body);
    await this.#delete(sequence);
    return true;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    const letters = await this.#chosen(filter);
    for (const { sequence } of letters) await this.#delete(sequence);
    return letters.length;
  }

  async #store(
    facts: StreamMessageFacts,
    death: Death,
    body: string,
    messageId?: string,
  ): Promise<void> {
    const headers = factHeaders(facts);
    headers.set(DEATH, JSON.stringify(death));
    await this.client.publish(this.streams.dead, body, {
      headers,
      ...(messageId === undefined ? {} : { msgID: messageId }),
    });
  }

  async #delete(sequence: number): Promise<void> {
    await this.manager.streams.deleteMessage(this.streams.letters, sequence);
  }

  async #chosen(filter: DeadLetterFilter): Promise<StoredDeadLetter[]> {
    // One that is being edited is there twice for a moment.
    const letters = new Map<string, StoredDeadLetter>();
    for await (const letter of this.#all()) letters.set(letter.facts.id, letter);
    return [...letters.values()]
      .filter((letter) => matches(letter, filter))
      .sort((a, b) => a.died - b.died || a.sequence - b.sequence)
      .slice(0, filter.limit);
  }

  async *#all(): AsyncGenerator<StoredDeadLetter> {
    for (let next = 1; ; ) {
      const query = { seq: next, next_by_subj: this.streams.dead };
      const stored = await this.manager.direct.getMessage(this.streams.letters, query);
      if (stored === null) return;
      const { seq: sequence, header, time } = stored;
      const facts = streamMessageFacts(header, sequence, time.getTime());
      yield { ...(JSON.parse(header.get(DEATH)) as Death), facts, sequence, body: stored.string() };
      next = sequence + 1;
    }
  }
}

function matches(
  { facts, reason, failure, died }: StoredDeadLetter,
  filter: DeadLetterFilter,
): boolean {
  const { ids, event, handler, error, since, before } = filter;
  return (
    (ids === undefined || ids.includes(facts.id)) &&
    (event === undefined || event === facts.event) &&
    (handler === undefined || handler === facts.handler) &&
    (filter.reason === undefined || filter.reason === reason) &&
    (error === undefined || isError(failure, error)) &&
    (since === undefined || died >= since.getTime()) &&
    (before === undefined || died < before.getTime())
  );
}
