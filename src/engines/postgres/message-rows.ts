/** The messages of one queue in PostgreSQL. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type {
  EnqueueResult,
  MessageStatus,
  OutgoingMessage,
  QueueCounts,
} from '../../queue/queue-provider.js';
import type { JoinedTransaction } from './joined-transaction.js';
import { insertStatement, type StoredRow } from './message-insert.js';
import { isStorable, type RunSql } from './run-sql.js';
import { IS_UNTRIED, NOW } from './schema.js';

/** How many rows one statement deletes: more would hold up others. */
const PORTION = 5000;

export class MessageRows {
  readonly #run: RunSql;
  readonly #queue: string;

  constructor(run: RunSql, queue: string) {
    this.#run = run;
    this.#queue = queue;
  }

  /** @throws CarillonError (a rejection) `CAR5051` when the transaction of the caller's is not open */
  async enqueue(
    messages: readonly OutgoingMessage[],
    joined?: JoinedTransaction,
  ): Promise<EnqueueResult[]> {
    const accepted = firstOfEachKey(messages);
    const { text, values } = insertStatement(this.#queue, accepted, joined);
    const run = joined?.run(this.#queue) ?? this.#run;
    const [row] = await run<StoredRow>(text, values);
    if (row === undefined) throw closedError(this.#queue);
    const stored = new Set(row.ids ?? accepted.map(({ id }) => id));
    return messages.map(({ id }) => (stored.has(id) ? 'accepted' : 'duplicate'));
  }

  /** The workers are notified as if something had been stored. */
  async ring(): Promise<void> {
    await this.#run(`SELECT pg_notify('carillon', $1)`, [this.#queue]);
  }

  async cancel(id: string): Promise<boolean> {
    return this.#move(id, null);
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    return this.#move(id, Math.ceil(delay));
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    if (!isStorable(id)) return undefined;
    const sql =
      'SELECT state, attempt, progress, log, failure FROM carillon_message WHERE id = $1 AND queue = $2';
    const [row] = await this.#run<MessageStatus>(sql, [id, this.#queue]);
    return row && { ...row, failure: row.failure ?? undefined };
  }

  async counts(): Promise<QueueCounts> {
    const rows = await this.#run<{ shown: string; count: string }>(
      `SELECT CASE WHEN state = 'delayed' AND due <= ${NOW} THEN 'waiting' ELSE state END AS shown, count(*) AS count
       FROM carillon_message WHERE queue = $1 AND state IN ('waiting', 'delayed', 'active', 'dead') GROUP BY 1`,
      [this.#queue],
    );
    const counts = new Map(rows.map(({ shown, count }) => [shown, Number(count)]));
    const of = (state: string) => counts.get(state) ?? 0;
    return {
      waiting: of('waiting'),
      delayed: of('delayed'),
      active: of('active'),
      dead: of('dead'),
    };
  }

  async oldest(): Promise<number | undefined> {
    const [row] = await this.#run<{ age: string | null }>(
      `SELECT ${NOW} - min(due) AS age FROM carillon_message
       WHERE queue = $1 AND (state = 'waiting' OR state = 'delayed' AND due <= ${NOW})`,
      [this.#queue],
    );
    return row?.age === undefined || row.age === null ? undefined : Math.max(0, Number(row.age));
  }

  async isRemembered(key: string): Promise<boolean> {
    const sql = `SELECT 1 FROM carillon_remembered WHERE queue = $1 AND kind = 'inbox' AND key = $2 AND until > ${NOW}`;
    return (await this.#run<object>(sql, [this.#queue, key])).length > 0;
  }

  /** Of a message that an idempotent handler has handled. */
  async remember(key: string, window: number): Promise<void> {
    await this.#run(
      `INSERT INTO carillon_remembered (queue, kind, key, until) VALUES ($1, 'inbox', $2, ${NOW} + $3::bigint)
       ON CONFLICT (queue, kind, key) DO UPDATE SET until = excluded.until`,
      [this.#queue, key, Math.ceil(window)],
    );
  }

  /** Deletes messages that were done longer ago than `keepDone`, and keys whose time is over, in portions; resolves when none is left. */
  async sweep(keepDone: number): Promise<void> {
    await this.#deleteAll(
      'carillon_message',
      `queue = $1 AND state = 'done' AND due < (SELECT ${NOW} - $2::bigint) ORDER BY due`,
      [Math.ceil(keepDone)],
    );
    await this.#deleteAll(
      'carillon_remembered',
      `queue = $1 AND until <= (SELECT ${NOW}) AND NOT EXISTS (
         SELECT 1 FROM carillon_message AS first
         WHERE first.id = carillon_remembered.message AND ${IS_UNTRIED}
       )`,
      [],
    );
  }

  async #deleteAll(table: string, condition: string, values: readonly unknown[]): Promise<void> {
    const found = `SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${PORTION} FOR UPDATE SKIP LOCKED`;
    const sql = `WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${found})) RETURNING 1) SELECT count(*)::int AS count FROM gone`;
    for (let count = PORTION; count === PORTION; ) {
      const [row] = await this.#run<{ count: number }>(sql, [this.#queue, ...values]);
      count = row?.count ?? 0;
    }
  }

  async #move(id: string, delay: number | null): Promise<boolean> {
    if (!isStorable(id)) return false;
    const [row] = await this.#run<{ moved: boolean }>(
      `SELECT moved, CASE WHEN moved THEN pg_notify('carillon', $1) END FROM carillon_move_1($1, $2, $3::bigint) AS moved`,
      [this.#queue, id, delay],
    );
    return row?.moved === true;
  }
}

/** Of messages with the same deduplication key in one call the first one alone can be accepted. */
function firstOfEachKey(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
  const keys = new Set<string>();
  return messages.filter(({ dedup }) => {
    if (dedup === undefined) return true;
    const isFirst = !keys.has(dedup.key);
    keys.add(dedup.key);
    return isFirst;
  });
}

function closedError(queue: string): CarillonError {
  return new CarillonError(
    'CAR5051',
    `A message for queue "${queue}" on postgres was deferred within a transaction that is not open: it has not begun, or has ended. Nothing was stored. Call within() after the BEGIN, and await what you defer before the COMMIT.`,
  );
}
