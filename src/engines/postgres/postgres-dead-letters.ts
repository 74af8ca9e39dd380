/** The dead letters of one queue in PostgreSQL. */
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  DeathReason,
  Failure,
} from '../../queue/queue-provider.js';
import { isStorable, type RunSql } from './run-sql.js';
import { NOW } from './schema.js';

interface DeadLetterRow {
  readonly id: string;
  readonly handler: string;
  readonly event: string;
  readonly body: string;
  readonly reason: DeathReason;
  readonly failure: Failure;
  readonly attempt: number;
  readonly enqueued: string;
  readonly due: string;
}

export class PostgresDeadLetters implements DeadLetterStore {
  readonly #run: RunSql;
  readonly #queue: string;

  constructor(run: RunSql, queue: string) {
    this.#run = run;
    this.#queue = queue;
  }

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    const { where, values } = this.#select(filter);
    const columns = 'id, handler, event, body, reason, failure, attempt, enqueued, due';
    const rows = await this.#run<DeadLetterRow>(
      `SELECT ${columns} FROM carillon_message WHERE ${where} ORDER BY due, seq`,
      values,
    );
    return rows.map(({ enqueued, due, handler, ...facts }) => ({
      ...facts,
      handler: handler === '' ? undefined : handler,
      enqueuedAt: new Date(Number(enqueued)),
      diedAt: new Date(Number(due)),
    }));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    const { where, values } = this.#select(filter);
    const [row] = await this.#run<{ count: number }>(
      `SELECT count(*)::int AS count FROM carillon_message WHERE ${where}`,
      values,
    );
    return row?.count ?? 0;
  }

  /** A letter with an ordering key rings the bell of its key. */
  async retry(filter: DeadLetterFilter): Promise<number> {
    const { where, values } = this.#select(filter, [this.#queue]);
    const [row] = await this.#run<{ count: number }>(
      `WITH sent AS (
         UPDATE carillon_message SET state = 'waiting', due = ${NOW}, attempt = 0, owner = NULL, reason = NULL, expires = NULL
         WHERE ${where} RETURNING seq, priority, ordering_key, handler
       ), bells AS (
         INSERT INTO carillon_bell (queue, priority, seq, key, handler)
         SELECT $1, max(priority), min(seq), ordering_key, handler FROM sent WHERE ordering_key IS NOT NULL GROUP BY ordering_key, handler
       )
       SELECT count(*)::int AS count, pg_notify('carillon', $1) FROM sent`,
      values,
    );
    return row?.count ?? 0;
  }

  async edit(id: string, body: string): Promise<boolean> {
    return (await this.#change('UPDATE carillon_message SET body = $1', { ids: [id] }, body)) > 0;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.#change('DELETE FROM carillon_message', filter);
  }

  async #change(
    sql: string,
    filter: DeadLetterFilter,
    ...before: readonly unknown[]
  ): Promise<number> {
    const { where, values } = this.#select(filter, before);
    const [row] = await this.#run<{ count: number }>(
      `WITH changed AS (${sql} WHERE ${where} RETURNING 1) SELECT count(*)::int AS count FROM changed`,
      values,
    );
    return row?.count ?? 0;
  }

  #select(
    filter: DeadLetterFilter,
    before: readonly unknown[] = [],
  ): { where: string; values: unknown[] } {
    const { ids, event, handler, reason, error, since, before: end, limit } = filter;
    const values = [...before];
    const texts = [event, handler, reason, error].filter((text) => text !== undefined);
    const terms: string[] = texts.every(isStorable) ? [] : ['false'];
    const add = (term: string, value: unknown) => {
      if (value === undefined) return;
      values.push(typeof value === 'string' ? value.replaceAll('\0', '') : value);
      terms.push(term.replaceAll('?', `$${values.length}`));
    };
    add(`queue = ? AND state = 'dead'`, this.#queue);
    add('id = ANY (?)', ids?.filter(isStorable));
    add('event = ?', event);
    add('handler = ?', handler);
    add('reason = ?', reason);
    add('due >= ?', since?.getTime());
    add('due < ?', end?.getTime());
    add(
      `(failure->>'name' = ? OR failure->>'code' = ? OR strpos(failure->>'message', ?) > 0)`,
      error,
    );
    values.push(limit ?? null);
    const selected = `SELECT seq FROM carillon_message WHERE ${terms.join(' AND ')} ORDER BY due, seq LIMIT $${values.length}`;
    return { where: `seq IN (${selected})`, values };
  }
}
