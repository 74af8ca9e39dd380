/** The dead letters of one queue: read by taking them all out, and putting back those that stay. */
import type { DeadLetter, DeadLetterFilter, DeadLetterStore } from '../../queue/queue-provider.js';
import { enqueuedAt, type StoredLetter } from './broker-message.js';
import { DeadLetterReader } from './dead-letter-reader.js';
import type { QueueNames } from './queue-names.js';
import type { RabbitConnection } from './rabbit-connection.js';

export class RabbitDeadLetters implements DeadLetterStore {
  #reader: DeadLetterReader | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly names: QueueNames,
    private readonly connection: RabbitConnection,
  ) {}

  /** How many are taken out, and stay. */
  get taken(): number {
    return this.#reader?.size ?? 0;
  }

  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return this.#read(filter, async (letters) => letters.map(shown));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.list(filter)).length;
  }

  retry(filter: DeadLetterFilter): Promise<number> {
    return this.#read(filter, (letters, reader) =>
      reader.replace(
        letters,
        { exchange: '', key: this.names.due },
        ({ id, handler, event, content, enqueued }) => {
          return { id, handler, event, content, enqueued, attempts: 0, expires: undefined };
        },
      ),
    );
  }

  async edit(id: string, body: string): Promise<boolean> {
    const content = Buffer.from(body);
    const count = await this.#read({ ids: [id] }, (letters, reader) =>
      reader.replace(letters, { exchange: '', key: this.names.dead }, (letter) => ({
        ...letter,
        content,
      })),
    );
    return count > 0;
  }

  drop(filter: DeadLetterFilter): Promise<number> {
    return this.#read(filter, async (letters, reader) => {
      for (const letter of letters) reader.remove(letter);
      return letters.length;
    });
  }

  /** One after another: what one reader has taken out, the next one would not see. */
  #read<T>(
    filter: DeadLetterFilter,
    use: (letters: readonly StoredLetter[], reader: DeadLetterReader) => Promise<T>,
  ): Promise<T> {
    const read = async () => {
      const reader = await DeadLetterReader.open(this.names.dead, this.connection);
      this.#reader = reader;
      try {
        const letters = (await reader.read()).filter((letter) => matches(letter, filter));
        return await use(letters.slice(0, filter.limit), reader);
      } finally {
        this.#reader = undefined;
        await reader.close();
      }
    };
    const result = this.#turn.then(read);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function shown(letter: StoredLetter): DeadLetter {
  const { id, handler, event, content, reason, failure, attempts, died } = letter;
  const times = { enqueuedAt: new Date(enqueuedAt(letter)), diedAt: new Date(died) };
  return {
    id,
    handler,
    event,
    body: content.toString(),
    reason,
    failure,
    attempt: attempts,
    ...times,
  };
}

function matches(
  letter: StoredLetter,
  { ids, event, handler, reason, error, since, before }: DeadLetterFilter,
): boolean {
  const { name, code, message } = letter.failure;
  return (
    (ids === undefined || ids.includes(letter.id)) &&
    (event === undefined || event === letter.event) &&
    (handler === undefined || handler === letter.handler) &&
    (reason === undefined || reason === letter.reason) &&
    (error === undefined || error === name || error === code || message.includes(error)) &&
    (since === undefined || letter.died >= since.getTime()) &&
    (before === undefined || letter.died < before.getTime())
  );
}
