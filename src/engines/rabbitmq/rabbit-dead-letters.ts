/** The dead letters of one queue. They are read by taking all of them out and putting back those that stay. */
import { matchesFilter } from '../../queue/dead-letter-filter.js';
import type { DeadLetter, DeadLetterFilter, DeadLetterStore } from '../../queue/queue-provider.js';
import { enqueuedAt, type StoredDeadLetter } from './broker-message.js';
import { DeadLetterReader } from './dead-letter-reader.js';
import type { QueueNames } from './queue-names.js';
import type { RabbitConnection } from './rabbit-connection.js';

export class RabbitDeadLetters implements DeadLetterStore {
  readonly #names: QueueNames;
  readonly #connection: RabbitConnection;
  #reader: DeadLetterReader | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(names: QueueNames, connection: RabbitConnection) {
    this.#names = names;
    this.#connection = connection;
  }

  /** How many are taken out at the moment. */
  get inProgress(): number {
    return this.#reader?.size ?? 0;
  }

  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return this.#read(filter, async (deadLetters) => deadLetters.map(deadLetterOf));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.list(filter)).length;
  }

  retry(filter: DeadLetterFilter): Promise<number> {
    const route = { exchange: '', key: this.#names.due };
    return this.#read(filter, (deadLetters, reader) =>
      reader.replace(deadLetters, route, ({ id, handler, event, content, enqueued }) => {
        return { id, handler, event, content, enqueued, attempts: 0, expires: undefined };
      }),
    );
  }

  async edit(id: string, body: string): Promise<boolean> {
    const content = Buffer.from(body);
    const route = { exchange: '', key: this.#names.dead };
    const count = await this.#read({ ids: [id] }, (deadLetters, reader) =>
      reader.replace(deadLetters, route, (deadLetter) => ({ ...deadLetter, content })),
    );
    return count > 0;
  }

  drop(filter: DeadLetterFilter): Promise<number> {
    return this.#read(filter, async (deadLetters, reader) => {
      for (const deadLetter of deadLetters) reader.remove(deadLetter);
      return deadLetters.length;
    });
  }

  /** One after another: a reader does not see what another one has taken out. */
  #read<T>(
    filter: DeadLetterFilter,
    use: (deadLetters: readonly StoredDeadLetter[], reader: DeadLetterReader) => Promise<T>,
  ): Promise<T> {
    const read = async () => {
      const reader = await DeadLetterReader.open(this.#names.dead, this.#connection);
      this.#reader = reader;
      try {
        const deadLetters = (await reader.read()).filter((stored) => matchesFilter(stored, filter));
        return await use(deadLetters.slice(0, filter.limit), reader);
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

function deadLetterOf(stored: StoredDeadLetter): DeadLetter {
  const { id, handler, event, content, reason, failure, attempts, died } = stored;
  return {
    id,
    handler,
    event,
    body: content.toString(),
    reason,
    failure,
    attempt: attempts,
    enqueuedAt: new Date(enqueuedAt(stored)),
    diedAt: new Date(died),
  };
}
