/** The messages of one queue in PostgreSQL. */
import type {
  EnqueueResult,
  MessageStatus,
  OnRetry,
  Outcome,
  OutgoingMessage,
  QueueCounts,
} from '../../queue/queue-provider.js';
import type { Claim, ClaimedMessage } from '../pull-consumer.js';
import { arrayLiteral } from './array-literal.js';
import type { RunSql } from './run-sql.js';
import { NOW } from './schema.js';

/** A message in progress in this process. */
export interface PostgresMessage extends ClaimedMessage {
  readonly owner: string;
  /** How often the message has been given out at all: with `owner` it tells one delivery from the next. */
  readonly delivery: number;
}

/** Who claims, and how. */
export interface PostgresClaimOptions {
  readonly owner: string;
  readonly lease: number;
  readonly onRetry: OnRetry;
}

interface ClaimedRow {
  readonly id: string;
  readonly handler: string | null;
  readonly body: string;
  readonly attempt: number;
  readonly given: number;
  readonly expired: boolean | null;
  readonly priority: number;
  readonly seq: string;
  /** In how many milliseconds the first message that is delayed or in progress is due; the same in every row. */
  readonly next: string | null;
}

/** Matches nothing once another worker has the message. */
const MINE = `id = $1 AND owner = $2 AND given = $3 AND state = 'active'`;

/** A message that is due at once waits at once: no later one may come before it. */
const DELAYED = `state = CASE WHEN $4::bigint > 0 THEN 'delayed' ELSE 'waiting' END, due = ${NOW} + $4::bigint`;

/** Which other messages of an ordering key hold one back. */
const CLAIM = {
  block: claimSql(`(other.state <> 'delayed' OR other.given > 0)`),
  pass: claimSql(`other.state <> 'delayed'`),
};

export class MessageRows {
  readonly #run: RunSql;
  readonly #queue: string;

  constructor(run: RunSql, queue: string) {
    this.#run = run;
    this.#queue = queue;
  }

  /** In a transaction of the caller; the workers are notified when it commits. */
  async enqueue(messages: readonly OutgoingMessage[], run: RunSql): Promise<EnqueueResult[]> {
    const results: EnqueueResult[] = [];
    const accepted: OutgoingMessage[] = [];
    for (const message of messages) {
      const { dedup } = message;
      const isNew =
        dedup === undefined || (await this.remember('dedup', dedup.key, dedup.window, run));
      if (isNew) accepted.push(message);
      results.push(isNew ? 'accepted' : 'duplicate');
    }
    if (accepted.length > 0) await this.#insert(accepted, run);
    return results;
  }

  /** Takes one statement unless messages have become due: those have to be made waiting first. */
  async claim(count: number, claimant: PostgresClaimOptions): Promise<Claim<PostgresMessage>> {
    const first = await this.#claim(count, claimant);
    if (first.next === undefined || first.next > 0) return first;
    await this.#run(
      `UPDATE carillon_message SET state = 'waiting', owner = NULL WHERE seq IN (
         SELECT seq FROM carillon_message WHERE queue = $1 AND state IN ('delayed', 'active') AND due <= ${NOW} FOR UPDATE SKIP LOCKED)`,
      [this.#queue],
    );
    if (first.messages.length >= count) return first;
    const second = await this.#claim(count - first.messages.length, claimant);
    return { messages: [...first.messages, ...second.messages], next: second.next };
  }

  async #claim(
    count: number,
    { owner, lease, onRetry }: PostgresClaimOptions,
  ): Promise<Claim<PostgresMessage>> {
    const rows = await this.#run<ClaimedRow>(CLAIM[onRetry], [
      owner,
      Math.ceil(lease),
      this.#queue,
      count,
    ]);
    const next = rows[0]?.next;
    return {
      messages: rows
        .filter(({ id }) => id !== null)
        .sort((a, b) => b.priority - a.priority || Number(a.seq) - Number(b.seq))
        .map(({ id, handler, body, attempt, given, expired }) => ({
          id,
          handler: handler ?? undefined,
          body,
          attempt,
          expired: expired === true,
          owner,
          delivery: given,
        })),
      next: next == null ? undefined : Number(next),
    };
  }

  async settle(message: PostgresMessage, outcome: Outcome): Promise<void> {
    switch (outcome.type) {
      case 'done':
        return this.#change(message, `state = 'done', body = '', progress = 1, due = ${NOW}`);
      case 'giveUp':
        return this.#change(
          message,
          `state = 'dead', due = ${NOW}, reason = $4, failure = $5`,
          outcome.reason,
          JSON.stringify(outcome.failure),
        );
      case 'retry':
        return this.#change(
          message,
          `${DELAYED}, failure = $5`,
          Math.ceil(outcome.after),
          JSON.stringify(outcome.failure),
        );
      case 'goBack':
        return this.#change(
          message,
          // What was never given out holds nobody back.
          `${DELAYED}, attempt = attempt - 1${outcome.letsPass === true ? ', given = 0' : ''}`,
          Math.ceil(outcome.after),
        );
    }
  }

  async renew(owner: string, lease: number): Promise<void> {
    const sql = `UPDATE carillon_message SET due = ${NOW} + $3 WHERE queue = $1 AND owner = $2 AND state = 'active'`;
    await this.#run(sql, [this.#queue, owner, Math.ceil(lease)]);
  }

  progress(message: PostgresMessage, fraction: number): Promise<void> {
    return this.#change(message, 'progress = $4', fraction);
  }

  log(message: PostgresMessage, line: string): Promise<void> {
    return this.#change(message, 'log = array_append(log, $4)', line);
  }

  async cancel(id: string): Promise<boolean> {
    const sql = `DELETE FROM carillon_message WHERE id = $1 AND queue = $2 AND state IN ('waiting', 'delayed')`;
    const rows = await this.#run(`WITH gone AS (${sql} RETURNING id) SELECT id FROM gone`, [
      id,
      this.#queue,
    ]);
    return rows.length > 0;
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    const rows = await this.#run(
      `WITH moved AS (UPDATE carillon_message SET state = 'delayed', due = ${NOW} + $3
         WHERE id = $1 AND queue = $2 AND state IN ('waiting', 'delayed') RETURNING id)
       SELECT id, pg_notify('carillon', $2) FROM moved`,
      [id, this.#queue, Math.ceil(delay)],
    );
    return rows.length > 0;
  }

  async status(id: string): Promise<MessageStatus | undefined> {
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

  async isRemembered(key: string): Promise<boolean> {
    const sql = `SELECT 1 FROM carillon_remembered WHERE queue = $1 AND kind = 'inbox' AND key = $2 AND until > ${NOW}`;
    return (await this.#run<object>(sql, [this.#queue, key])).length > 0;
  }

  /** Returns `false` when the key is remembered already. */
  async remember(
    kind: 'dedup' | 'inbox',
    key: string,
    window: number,
    run = this.#run,
  ): Promise<boolean> {
    const rows = await run<object>(
      `INSERT INTO carillon_remembered AS kept (queue, kind, key, until) VALUES ($1, $2, $3, ${NOW} + $4)
       ON CONFLICT (queue, kind, key) DO UPDATE SET until = excluded.until WHERE kept.until <= ${NOW} RETURNING key`,
      [this.#queue, kind, key, Math.ceil(window)],
    );
    return rows.length > 0;
  }

  /** Deletes messages that were done longer ago than `keepDone`, and keys whose time is over. */
  async sweep(keepDone: number): Promise<void> {
    const sql = `DELETE FROM carillon_message WHERE queue = $1 AND state = 'done' AND due < ${NOW} - $2`;
    await this.#run(sql, [this.#queue, Math.ceil(keepDone)]);
    await this.#run(`DELETE FROM carillon_remembered WHERE until <= ${NOW}`, []);
  }

  /** Changes the message unless another worker has it by now. */
  async #change(
    { id, owner, delivery }: PostgresMessage,
    set: string,
    ...values: readonly (string | number)[]
  ): Promise<void> {
    const sql = `UPDATE carillon_message SET ${set} WHERE ${MINE}`;
    await this.#run(sql, [id, owner, delivery, ...values]);
  }

  /** One array for each column. The bodies are joined bytes: as texts in an array they would be escaped, and read twice. */
  async #insert(messages: readonly OutgoingMessage[], run: RunSql): Promise<void> {
    const lengths = messages.map(({ body }) => Buffer.byteLength(body));
    let next = 1;
    const starts = lengths.map((length) => {
      next += length;
      return next - length;
    });
    const columns = [
      messages.map(({ id }) => id),
      messages.map(({ handler }) => handler),
      messages.map(({ event }) => event),
      starts,
      lengths,
      messages.map(({ delay = 0 }) => Math.ceil(delay)),
      messages.map(({ priority = 0 }) => priority),
      messages.map(({ orderingKey }) => orderingKey),
      messages.map(({ ttl }) => (ttl === undefined ? undefined : Math.ceil(ttl))),
    ];
    await run(
      `WITH stored AS (INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, expires, enqueued)
       SELECT id, $1, handler, event, convert_from(substring($2::bytea FROM start FOR length), 'UTF8'),
         CASE WHEN delay > 0 THEN 'delayed' ELSE 'waiting' END, now + delay, priority, ordering_key, now + ttl, now
       FROM (SELECT ${NOW} AS now) AS clock,
         unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::bigint[], $9::float[], $10::text[], $11::bigint[])
           AS row (id, handler, event, start, length, delay, priority, ordering_key, ttl))
       SELECT pg_notify('carillon', $1)`,
      [
        this.#queue,
        Buffer.from(messages.map(({ body }) => body).join('')),
        ...columns.map(arrayLiteral),
      ],
    );
  }
}

function claimSql(holding: string): string {
  // Materialized: evaluated again for each changed row, it would exceed its limit.
  return `WITH free AS MATERIALIZED (
       SELECT seq FROM carillon_message AS message WHERE queue = $3 AND state = 'waiting' AND (
         ordering_key IS NULL OR NOT EXISTS (
           SELECT 1 FROM carillon_message AS other
           WHERE other.queue = message.queue AND other.ordering_key = message.ordering_key
             AND other.handler IS NOT DISTINCT FROM message.handler
             AND (other.seq < message.seq OR other.state = 'active') AND other.seq <> message.seq
             AND other.state IN ('waiting', 'delayed', 'active') AND ${holding}
         )
       ) ORDER BY priority DESC, seq LIMIT $4 FOR UPDATE SKIP LOCKED
     ),
     claimed AS (
       UPDATE carillon_message SET state = 'active', owner = $1, due = ${NOW} + $2, attempt = attempt + 1, given = given + 1
       WHERE seq IN (SELECT seq FROM free)
       RETURNING id, handler, body, attempt, given, expires <= ${NOW} AS expired, priority, seq
     )
     SELECT claimed.*, soon.next FROM (
       SELECT min(due) - ${NOW} AS next FROM carillon_message WHERE queue = $3 AND state IN ('delayed', 'active')
     ) AS soon LEFT JOIN claimed ON true`;
}
