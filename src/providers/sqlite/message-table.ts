/** The messages of one queue in a SQLite file. Each method is one step within a transaction of the caller's. */
import type Database from 'libsql';
import type {
  EnqueueResult,
  FailedHead,
  MessageStatus,
  Outcome,
  OutgoingMessage,
  QueueCounts,
  RateLimit,
} from '../../queue/queue-provider.js';
import type { Claim, Claimed } from '../pull-consumer.js';
import { type Kind, RememberedTable } from './remembered-table.js';

/** A message in work here. */
export interface SqliteMessage extends Claimed {
  readonly seq: number;
  readonly owner: string;
  readonly given: number;
}

/** Who claims, and how. */
export interface Claimant {
  readonly owner: string;
  readonly lease: number;
  readonly failedHead: FailedHead;
  readonly rateLimit: RateLimit | undefined;
}

/** As an array: an object for each row would cost a fifth of the claim. */
type ClaimedRow = readonly [
  id: string,
  handler: string | null,
  body: string,
  attempt: number,
  given: number,
  expires: number | null,
  priority: number,
  seq: number,
];

interface StatusRow {
  readonly state: MessageStatus['state'];
  readonly attempt: number;
  readonly progress: number;
  readonly log: string;
  readonly failure: string | null;
}

/** Done or dead: `due` is since when. */
const MINE = `seq = ? AND owner = ? AND given = ? AND state = 'active'`;

export class MessageTable {
  readonly #statements = new Map<string, Database.Statement>();
  readonly #remembered: RememberedTable;
  readonly #database: Database.Database;
  readonly #queue: string;

  constructor(database: Database.Database, queue: string) {
    this.#database = database;
    this.#queue = queue;
    this.#remembered = new RememberedTable((sql) => this.#prepared(sql), queue);
  }

  enqueue(messages: readonly OutgoingMessage[]): EnqueueResult[] {
    const now = Date.now();
    return messages.map(({ id, handler, event, body, delay = 0, priority = 0, orderingKey, ttl, dedup }) => {
      if (dedup !== undefined && !this.#remembered.add('dedup', dedup.key, now + dedup.window)) return 'duplicate';
      this.#prepared(
        `INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, expires, enqueued)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        id,
        this.#queue,
        handler ?? null,
        event,
        body,
        delay > 0 ? 'delayed' : 'waiting',
        Math.ceil(now + delay),
        priority,
        orderingKey ?? null,
        ttl === undefined ? null : now + ttl,
        now,
      );
      return 'accepted';
    });
  }

  claim(count: number, claimant: Claimant): Claim<SqliteMessage> {
    const now = Date.now();
    let due = this.#firstDue();
    if (due <= now) {
      this.#promote(now);
      due = this.#firstDue();
    }
    const { owner, lease, rateLimit } = claimant;
    const allowed = this.#allowed(count, claimant, now);
    const rows = allowed > 0 ? this.#claimRows(allowed, claimant, now) : [];
    if (rateLimit !== undefined) {
      for (const _ of rows) this.#prepared('INSERT INTO carillon_begun (queue, at) VALUES (?, ?)').run(this.#queue, now);
    }
    if (rows.length > 0) due = Math.min(due, now + lease);
    return {
      messages: rows.map(([id, handler, body, attempt, given, expires, , seq]) => ({
        id,
        seq,
        handler: handler ?? undefined,
        body,
        attempt,
        expired: expires !== null && expires <= now,
        owner,
        given,
      })),
      next: due === Number.POSITIVE_INFINITY ? undefined : due - now,
    };
  }

  /** Those that one worker has done: one statement for all of them. What another worker has meanwhile taken is not touched. */
  finish(messages: readonly SqliteMessage[]): void {
    const [first] = messages;
    if (first === undefined) return;
    if (messages.length === 1) {
      this.settle(first, { type: 'done' });
      return;
    }
    const done = JSON.stringify(Object.fromEntries(messages.map(({ seq, given }) => [seq, given])));
    this.#run(
      `UPDATE carillon_message SET state = 'done', body = '', progress = 1, due = ? FROM json_each(?) AS done
       WHERE seq = CAST(done.key AS INTEGER) AND given = done.value AND owner = ? AND state = 'active'`,
      Date.now(),
      done,
      first.owner,
    );
  }

  /** What another worker has meanwhile taken is not touched. */
  settle({ seq, owner, given }: SqliteMessage, outcome: Outcome): void {
    const now = Date.now();
    const mine = [seq, owner, given];
    switch (outcome.type) {
      case 'done':
        this.#run(`UPDATE carillon_message SET state = 'done', body = '', progress = 1, due = ? WHERE ${MINE}`, now, ...mine);
        break;
      case 'retry': {
        const due = Math.ceil(now + outcome.after);
        this.#run(
          `UPDATE carillon_message SET state = 'delayed', due = ?, failure = ? WHERE ${MINE}`,
          due,
          JSON.stringify(outcome.failure),
          ...mine,
        );
        break;
      }
      case 'giveUp':
        this.#run(
          `UPDATE carillon_message SET state = 'dead', due = ?, reason = ?, failure = ? WHERE ${MINE}`,
          now,
          outcome.reason,
          JSON.stringify(outcome.failure),
          ...mine,
        );
        break;
      case 'goBack':
        this.#run(
          `UPDATE carillon_message SET state = 'delayed', due = ?, attempt = attempt - 1 WHERE ${MINE}`,
          Math.ceil(now + outcome.after),
          ...mine,
        );
    }
  }

  renew(messages: readonly SqliteMessage[], lease: number): void {
    const until = Date.now() + lease;
    for (const { seq, owner, given } of messages) {
      this.#run(`UPDATE carillon_message SET due = ? WHERE ${MINE}`, until, seq, owner, given);
    }
  }

  progress({ seq, owner, given }: SqliteMessage, fraction: number): void {
    this.#run(`UPDATE carillon_message SET progress = ? WHERE ${MINE}`, fraction, seq, owner, given);
  }

  log({ seq, owner, given }: SqliteMessage, line: string): void {
    this.#run(`UPDATE carillon_message SET log = json_insert(log, '$[#]', ?) WHERE ${MINE}`, line, seq, owner, given);
  }

  cancel(id: string): boolean {
    return this.#run(
      `DELETE FROM carillon_message WHERE id = ? AND queue = ? AND state IN ('waiting', 'delayed')`,
      id,
      this.#queue,
    );
  }

  reschedule(id: string, delay: number): boolean {
    return this.#run(
      `UPDATE carillon_message SET state = 'delayed', due = ? WHERE id = ? AND queue = ? AND state IN ('waiting', 'delayed')`,
      Math.ceil(Date.now() + delay),
      id,
      this.#queue,
    );
  }

  status(id: string): MessageStatus | undefined {
    const row = this.#prepared(
      'SELECT state, attempt, progress, log, failure FROM carillon_message WHERE id = ? AND queue = ?',
    ).get(id, this.#queue) as StatusRow | undefined;
    if (row === undefined) return undefined;
    const { state, attempt, progress, log, failure } = row;
    return { state, attempt, progress, log: JSON.parse(log), failure: failure === null ? undefined : JSON.parse(failure) };
  }

  counts(): QueueCounts {
    const rows = this.#prepared(
      `SELECT CASE WHEN state = 'delayed' AND due <= ? THEN 'waiting' ELSE state END AS state, count(*) AS count
       FROM carillon_message WHERE queue = ? AND state IN ('waiting', 'delayed', 'active', 'dead') GROUP BY 1`,
    ).all(Date.now(), this.#queue) as { state: string; count: number }[];
    const counts = new Map(rows.map(({ state, count }) => [state, count]));
    const of = (state: string) => counts.get(state) ?? 0;
    return { waiting: of('waiting'), delayed: of('delayed'), active: of('active'), dead: of('dead') };
  }

  isRemembered(kind: Kind, key: string): boolean {
    return this.#remembered.has(kind, key);
  }

  remember(kind: Kind, key: string, window: number): void {
    this.#remembered.add(kind, key, Date.now() + window);
  }

  /** Forgets what was done longer ago than that, and keys that are over. */
  sweep(keepDone: number): void {
    const now = Date.now();
    this.#run(`DELETE FROM carillon_message WHERE queue = ? AND state = 'done' AND due < ?`, this.#queue, now - keepDone);
    this.#remembered.sweep(now);
  }

  /** Of all that is delayed or in work. */
  #firstDue(): number {
    const row = this.#prepared(
      `SELECT min(due) AS due FROM carillon_message WHERE queue = ? AND state IN ('delayed', 'active')`,
    ).get(this.#queue) as { due: number | null };
    return row.due ?? Number.POSITIVE_INFINITY;
  }

  /** What is due waits; what was in work at a worker that no longer says so, too. */
  #promote(now: number): void {
    this.#run(
      `UPDATE carillon_message SET state = 'waiting', owner = NULL WHERE queue = ? AND state IN ('delayed', 'active') AND due <= ?`,
      this.#queue,
      now,
    );
  }

  #allowed(count: number, { rateLimit }: Claimant, now: number): number {
    if (rateLimit === undefined) return count;
    const { max, per } = rateLimit;
    this.#run('DELETE FROM carillon_begun WHERE queue = ? AND at <= ?', this.#queue, now - per);
    const { begun } = this.#prepared('SELECT count(*) AS begun FROM carillon_begun WHERE queue = ?').get(this.#queue) as {
      begun: number;
    };
    return Math.min(count, max - begun);
  }

  /** Of an ordering key the first only; behind one that was given out and waits for its retry, none, where it blocks. */
  #claimRows(count: number, { owner, lease, failedHead }: Claimant, now: number): ClaimedRow[] {
    const holding = failedHead === 'block' ? `(other.state <> 'delayed' OR other.given > 0)` : `other.state <> 'delayed'`;
    const rows = this.#prepared(
      `UPDATE carillon_message SET state = 'active', owner = ?, due = ?, attempt = attempt + 1, given = given + 1
       WHERE seq IN (
         SELECT seq FROM carillon_message AS message WHERE queue = ? AND state = 'waiting' AND (
           ordering_key IS NULL OR NOT EXISTS (
             SELECT 1 FROM carillon_message AS other
             WHERE other.queue = message.queue AND other.ordering_key = message.ordering_key AND other.handler IS message.handler
               AND (other.seq < message.seq OR other.state = 'active') AND other.seq <> message.seq
               AND other.state IN ('waiting', 'delayed', 'active') AND ${holding}
           )
         ) ORDER BY priority DESC, seq LIMIT ?
       )
       RETURNING id, handler, body, attempt, given, expires, priority, seq`,
    )
      .raw()
      .all(owner, now + lease, this.#queue, count) as ClaimedRow[];
    return rows.sort(([, , , , , , oneRank, one], [, , , , , , otherRank, other]) => otherRank - oneRank || one - other);
  }

  /** Whether it changed anything. */
  #run(sql: string, ...values: readonly (string | number)[]): boolean {
    return this.#prepared(sql).run(...values).changes > 0;
  }

  #prepared(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
