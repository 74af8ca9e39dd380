/** The messages of one queue in a SQLite file. Each method is one step within a transaction of the caller's. */
import type Database from 'libsql';
import type {
  EnqueueResult,
  MessageStatus,
  OnRetry,
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
export interface SqliteClaimOptions {
  readonly owner: string;
  readonly lease: number;
  /** Milliseconds between two looks for what others have delayed. */
  readonly poll: number;
  readonly onRetry: OnRetry;
  readonly rateLimit: RateLimit | undefined;
}

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

const MINE = `seq = ? AND owner = ? AND given = ? AND state = 'active'`;

// By these a statement is found: a text that is put together anew would be read anew each time.
const INSERT = `INSERT INTO carillon_message (id, queue, handler, event, state, due, priority, ordering_key, expires, enqueued)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_BODY = 'INSERT INTO carillon_body (seq, body) VALUES (last_insert_rowid(), ?)';
/** Done or dead: `due` is since when. */
const DONE = `UPDATE carillon_message SET state = 'done', progress = 1, due = ? WHERE ${MINE}`;
const ALL_DONE = `UPDATE carillon_message SET state = 'done', progress = 1, due = ? FROM json_each(?) AS done
  WHERE seq = CAST(done.key AS INTEGER) AND given = done.value AND owner = ? AND state = 'active'`;
const FIRST_DUE = `SELECT min(due) FROM carillon_message WHERE queue = ? AND state IN ('delayed', 'active')`;
const HOLDING = {
  block: `(other.state <> 'delayed' OR other.given > 0)`,
  pass: `other.state <> 'delayed'`,
};
const CLAIM_ONE = { block: claimSql('=', HOLDING.block), pass: claimSql('=', HOLDING.pass) };
const CLAIM_MANY = { block: claimSql('IN', HOLDING.block), pass: claimSql('IN', HOLDING.pass) };

/** Of an ordering key the first only; behind one that holds up its key, none. */
function claimSql(match: '=' | 'IN', holding: string): string {
  return `UPDATE carillon_message SET state = 'active', owner = ?, due = ?, attempt = attempt + 1, given = given + 1
    WHERE seq ${match} (
      SELECT seq FROM carillon_message AS message WHERE queue = ? AND state = 'waiting' AND (
        ordering_key IS NULL OR NOT EXISTS (
          SELECT 1 FROM carillon_message AS other
          WHERE other.queue = message.queue AND other.ordering_key = message.ordering_key AND other.handler IS message.handler
            AND (other.seq < message.seq OR other.state = 'active') AND other.seq <> message.seq
            AND other.state IN ('waiting', 'delayed', 'active') AND ${holding}
        )
      ) ORDER BY priority DESC, seq LIMIT ?
    )
    RETURNING id, handler, (SELECT body FROM carillon_body WHERE carillon_body.seq = carillon_message.seq), attempt, given, expires, priority, seq`;
}

export class MessageTable {
  readonly #statements = new Map<string, Database.Statement>();
  readonly #remembered: RememberedTable;
  readonly #database: Database.Database;
  readonly #queue: string;
  /** When something may have become due. */
  #nextLook = 0;

  constructor(database: Database.Database, queue: string) {
    this.#database = database;
    this.#queue = queue;
    this.#remembered = new RememberedTable((sql) => this.#prepared(sql), queue);
  }

  enqueue(messages: readonly OutgoingMessage[]): EnqueueResult[] {
    const now = Date.now();
    return messages.map(
      ({ id, handler, event, body, delay = 0, priority = 0, orderingKey, ttl, dedup }) => {
        if (dedup !== undefined && !this.#remembered.add('dedup', dedup.key, now + dedup.window))
          return 'duplicate';
        const due = Math.ceil(now + delay);
        if (delay > 0) this.#willBeDue(due);
        this.#prepared(INSERT).run([
          id,
          this.#queue,
          handler ?? null,
          event,
          delay > 0 ? 'delayed' : 'waiting',
          due,
          priority,
          orderingKey ?? null,
          ttl === undefined ? null : now + ttl,
          now,
        ]);
        this.#prepared(INSERT_BODY).run([body]);
        return 'accepted';
      },
    );
  }

  /** Says when the next may be due only where there is nothing now. */
  claim(count: number, claimant: SqliteClaimOptions): Claim<SqliteMessage> {
    const now = Date.now();
    if (now >= this.#nextLook) this.#promoteDue(now, claimant.poll);
    const { owner, rateLimit } = claimant;
    const allowed = this.#allowed(count, claimant, now);
    const rows = allowed > 0 ? this.#claimRows(allowed, claimant, now) : [];
    if (rows.length === 0) return { messages: [], next: this.#untilDue(now) };
    if (rateLimit !== undefined) {
      for (const _ of rows)
        this.#prepared('INSERT INTO carillon_begun (queue, at) VALUES (?, ?)').run(
          this.#queue,
          now,
        );
    }
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
    this.#prepared(ALL_DONE).run([Date.now(), done, first.owner]);
  }

  /** What another worker has meanwhile taken is not touched. */
  settle({ seq, owner, given }: SqliteMessage, outcome: Outcome): void {
    const now = Date.now();
    const mine = [seq, owner, given];
    switch (outcome.type) {
      case 'done':
        this.#prepared(DONE).run([now, seq, owner, given]);
        break;
      case 'retry': {
        const due = Math.ceil(now + outcome.after);
        this.#willBeDue(due);
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
      case 'goBack': {
        const due = Math.ceil(now + outcome.after);
        this.#willBeDue(due);
        this.#run(
          `UPDATE carillon_message SET state = 'delayed', due = ?, attempt = attempt - 1 WHERE ${MINE}`,
          due,
          ...mine,
        );
      }
    }
  }

  renew(messages: readonly SqliteMessage[], lease: number): void {
    const until = Date.now() + lease;
    for (const { seq, owner, given } of messages) {
      this.#run(`UPDATE carillon_message SET due = ? WHERE ${MINE}`, until, seq, owner, given);
    }
  }

  progress({ seq, owner, given }: SqliteMessage, fraction: number): void {
    this.#run(
      `UPDATE carillon_message SET progress = ? WHERE ${MINE}`,
      fraction,
      seq,
      owner,
      given,
    );
  }

  log({ seq, owner, given }: SqliteMessage, line: string): void {
    this.#run(
      `UPDATE carillon_message SET log = json_insert(log, '$[#]', ?) WHERE ${MINE}`,
      line,
      seq,
      owner,
      given,
    );
  }

  cancel(id: string): boolean {
    return this.#run(
      `DELETE FROM carillon_message WHERE id = ? AND queue = ? AND state IN ('waiting', 'delayed')`,
      id,
      this.#queue,
    );
  }

  reschedule(id: string, delay: number): boolean {
    const due = Math.ceil(Date.now() + delay);
    this.#willBeDue(due);
    return this.#run(
      `UPDATE carillon_message SET state = 'delayed', due = ? WHERE id = ? AND queue = ? AND state IN ('waiting', 'delayed')`,
      due,
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
    return {
      state,
      attempt,
      progress,
      log: JSON.parse(log),
      failure: failure === null ? undefined : JSON.parse(failure),
    };
  }

  counts(): QueueCounts {
    const rows = this.#prepared(
      `SELECT CASE WHEN state = 'delayed' AND due <= ? THEN 'waiting' ELSE state END AS state, count(*) AS count
       FROM carillon_message WHERE queue = ? AND state IN ('waiting', 'delayed', 'active', 'dead') GROUP BY 1`,
    ).all(Date.now(), this.#queue) as { state: string; count: number }[];
    const counts = new Map(rows.map(({ state, count }) => [state, count]));
    const of = (state: string) => counts.get(state) ?? 0;
    return {
      waiting: of('waiting'),
      delayed: of('delayed'),
      active: of('active'),
      dead: of('dead'),
    };
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
    this.#run(
      `DELETE FROM carillon_message WHERE queue = ? AND state = 'done' AND due < ?`,
      this.#queue,
      now - keepDone,
    );
    this.#remembered.sweep(now);
  }

  /** What is due waits; what was in work at a worker that no longer says so, too. What others delay is looked for now and then. */
  #promoteDue(now: number, poll: number): void {
    let due = this.#firstDue();
    if (due <= now) {
      this.#run(
        `UPDATE carillon_message SET state = 'waiting', owner = NULL WHERE queue = ? AND state IN ('delayed', 'active') AND due <= ?`,
        this.#queue,
        now,
      );
      due = this.#firstDue();
    }
    this.#nextLook = Math.min(now + poll, due);
  }

  #untilDue(now: number): number | undefined {
    const due = this.#firstDue();
    this.#willBeDue(due);
    return due === Number.POSITIVE_INFINITY ? undefined : due - now;
  }

  #willBeDue(due: number): void {
    this.#nextLook = Math.min(this.#nextLook, due);
  }

  /** Of all that is delayed or in work. */
  #firstDue(): number {
    const [due] = this.#arrays(FIRST_DUE).get([this.#queue]) as [number | null];
    return due ?? Number.POSITIVE_INFINITY;
  }

  #allowed(count: number, { rateLimit }: SqliteClaimOptions, now: number): number {
    if (rateLimit === undefined) return count;
    const { max, per } = rateLimit;
    this.#run('DELETE FROM carillon_begun WHERE queue = ? AND at <= ?', this.#queue, now - per);
    const { begun } = this.#prepared(
      'SELECT count(*) AS begun FROM carillon_begun WHERE queue = ?',
    ).get(this.#queue) as {
      begun: number;
    };
    return Math.min(count, max - begun);
  }

  #claimRows(
    count: number,
    { owner, lease, onRetry }: SqliteClaimOptions,
    now: number,
  ): readonly ClaimedRow[] {
    const values = [owner, now + lease, this.#queue, count];
    if (count === 1) {
      // All that a statement changes is changed before its first row is there.
      const row = this.#arrays(CLAIM_ONE[onRetry]).get(values) as ClaimedRow | undefined;
      return row === undefined ? [] : [row];
    }
    const rows = this.#arrays(CLAIM_MANY[onRetry]).all(values) as ClaimedRow[];
    return rows.sort(
      ([, , , , , , oneRank, one], [, , , , , , otherRank, other]) =>
        otherRank - oneRank || one - other,
    );
  }

  /** Whether it changed anything. */
  #run(sql: string, ...values: readonly (string | number)[]): boolean {
    return this.#prepared(sql).run(values).changes > 0;
  }

  #prepared(sql: string): Database.Statement {
    return this.#statements.get(sql) ?? this.#keep(sql, this.#database.prepare(sql));
  }

  /** A statement that gives its rows as arrays: an object for each would cost a fifth of the claim. */
  #arrays(sql: string): Database.Statement {
    return this.#statements.get(sql) ?? this.#keep(sql, this.#database.prepare(sql).raw());
  }

  #keep(sql: string, statement: Database.Statement): Database.Statement {
    this.#statements.set(sql, statement);
    return statement;
  }
}
