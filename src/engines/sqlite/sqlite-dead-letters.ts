/** The dead letters of one queue in a SQLite file. */
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  DeathReason,
} from '../../queue/queue-provider.js';
import type { FileTrouble } from './file-trouble.js';
import type { MessageTable } from './message-table.js';
import type { SqlValue, Statements } from './statements.js';
import type { WriteBatch } from './write-batch.js';

interface DeadLetterRow {
  readonly id: string;
  readonly handler: string | null;
  readonly event: string;
  readonly body: string;
  readonly reason: DeathReason;
  readonly failure: string;
  readonly attempt: number;
  readonly enqueued: number;
  readonly due: number;
}

/** What they are made of. */
export interface SqliteDeadLetterOptions {
  readonly statements: Statements;
  readonly queue: string;
  readonly table: MessageTable;
  readonly writes: WriteBatch;
  readonly trouble: FileTrouble;
  /** Is called when messages wait again. */
  changed(): void;
}

export class SqliteDeadLetters implements DeadLetterStore {
  readonly #options: SqliteDeadLetterOptions;

  constructor(options: SqliteDeadLetterOptions) {
    this.#options = options;
  }

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    const { where, values } = this.#select(filter);
    const rows = this.#rows(
      `SELECT id, handler, event, body, reason, failure, attempt, enqueued, due
       FROM carillon_message JOIN carillon_body USING (seq) WHERE ${where}`,
      values,
    ) as DeadLetterRow[];
    return rows
      .sort((a, b) => a.due - b.due)
      .map(({ enqueued, due, handler, failure, id, event, body, reason, attempt }) => ({
        id,
        handler: handler ?? undefined,
        event,
        body,
        reason,
        failure: JSON.parse(failure),
        attempt,
        enqueuedAt: new Date(enqueued),
        diedAt: new Date(due),
      }));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    const { where, values } = this.#select(filter);
    const sql = `SELECT count(*) AS count FROM carillon_message WHERE ${where}`;
    const [row] = this.#rows(sql, values) as { count: number }[];
    return row?.count ?? 0;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    const { writes, table, changed } = this.#options;
    const { where, values } = this.#select(filter);
    const count = await writes.add(() => table.revive(where, values));
    changed();
    return count;
  }

  async edit(id: string, body: string): Promise<boolean> {
    return (await this.#change('UPDATE carillon_body SET body = ? WHERE', { ids: [id] }, body)) > 0;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.#change('DELETE FROM carillon_message WHERE', filter);
  }

  #rows(sql: string, values: readonly SqlValue[]): unknown[] {
    const { statements, trouble } = this.#options;
    return trouble.told(() => statements.get(sql).all([...values]));
  }

  #change(sql: string, filter: DeadLetterFilter, ...before: readonly SqlValue[]): Promise<number> {
    const { writes, statements } = this.#options;
    const { where, values } = this.#select(filter);
    return writes.add(() => statements.get(`${sql} ${where}`).run([...before, ...values]).changes);
  }

  #select(filter: DeadLetterFilter): { where: string; values: (string | number)[] } {
    const { ids, event, handler, reason, error, since, before, limit = -1 } = filter;
    const terms: string[] = ['queue = ?', `state = 'dead'`];
    const values: (string | number)[] = [this.#options.queue];
    const add = (term: string, ...more: readonly (string | number)[]) => {
      terms.push(term);
      values.push(...more);
    };
    if (ids !== undefined) add('id IN (SELECT value FROM json_each(?))', JSON.stringify(ids));
    if (event !== undefined) add('event = ?', event);
    if (handler !== undefined) add('handler = ?', handler);
    if (reason !== undefined) add('reason = ?', reason);
    if (since !== undefined) add('due >= ?', since.getTime());
    if (before !== undefined) add('due < ?', before.getTime());
    if (error !== undefined) {
      add(
        `(json_extract(failure, '$.name') = ? OR json_extract(failure, '$.code') = ? OR instr(json_extract(failure, '$.message'), ?) > 0)`,
        error,
        error,
        error,
      );
    }
    const where = `seq IN (SELECT seq FROM carillon_message WHERE ${terms.join(' AND ')} ORDER BY due, seq LIMIT ?)`;
    return { where, values: [...values, limit] };
  }
}
