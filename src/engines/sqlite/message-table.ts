/** The messages of one queue in a SQLite file. Each method is one step in a transaction of the caller. */
import type {
  EnqueueResult,
  MessageStatus,
  Outcome,
  OutgoingMessage,
  QueueCounts,
} from '../../queue/queue-provider.js';
import type { Claim } from '../pull-consumer.js';
import { MessageClaims, type SqliteClaimOptions, type SqliteMessage } from './message-claims.js';
import { type Kind, RememberedTable } from './remembered-table.js';
import type { SqlValue, Statements } from './statements.js';

interface StatusRow {
  readonly state: MessageStatus['state'];
  readonly attempt: number;
  readonly progress: number;
  readonly log: string;
  readonly failure: string | null;
}

const INSERT = `INSERT INTO carillon_message (id, queue, handler, event, state, due, priority, ordering_key, expires, enqueued)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_BODY = 'INSERT INTO carillon_body (seq, body) VALUES (last_insert_rowid(), ?)';
/** Matches nothing once another worker has the message. */
const MINE = `seq = ? AND owner = ? AND given = ? AND state = 'active'`;
/** `due` is since when. */
const DONE = `UPDATE carillon_message SET state = 'done', progress = 1, due = ? WHERE ${MINE}`;
const ALL_DONE = `UPDATE carillon_message SET state = 'done', progress = 1, due = ? FROM json_each(?) AS done
  WHERE seq = CAST(done.key AS INTEGER) AND given = done.value AND owner = ? AND state = 'active'`;

export class MessageTable {
  readonly #statements: Statements;
  readonly #queue: string;
  readonly #claims: MessageClaims;
  readonly #remembered: RememberedTable;

  constructor(statements: Statements, queue: string) {
    this.#statements = statements;
    this.#queue = queue;
    this.#claims = new MessageClaims(statements, queue);
    this.#remembered = new RememberedTable(statements, queue);
  }

  enqueue(messages: readonly OutgoingMessage[]): EnqueueResult[] {
    const now = Date.now();
    return messages.map((message) => {
      const { dedup } = message;
      if (dedup !== undefined && !this.#remembered.add('dedup', dedup.key, now + dedup.window))
        return 'duplicate';
      this.#insert(message, now);
      return 'accepted';
    });
  }

  claim(count: number, options: SqliteClaimOptions): Claim<SqliteMessage> {
    return this.#claims.claim(count, options);
  }

  /** Stores that all of them are done, in one statement; they are of one owner. */
  finish(messages: readonly SqliteMessage[]): void {
    const [first] = messages;
    if (first === undefined) return;
    if (messages.length === 1) {
      this.settle(first, { type: 'done' });
      return;
    }
    const done = messages.map(({ seq, delivery }) => [seq, delivery]);
    this.#statements.run(
      ALL_DONE,
      Date.now(),
      JSON.stringify(Object.fromEntries(done)),
      first.owner,
    );
  }

  settle(message: SqliteMessage, outcome: Outcome): void {
    const now = Date.now();
    switch (outcome.type) {
      case 'done':
        this.#statements.run(DONE, now, message.seq, message.owner, message.delivery);
        return;
      case 'retry':
        this.#delay(message, 'failure = ?', outcome.after, JSON.stringify(outcome.failure));
        return;
      case 'giveUp':
        this.#change(
          message,
          `state = 'dead', due = ?, reason = ?, failure = ?`,
          now,
          outcome.reason,
          JSON.stringify(outcome.failure),
        );
        return;
      case 'goBack':
        // What was never given out holds nobody back.
        this.#delay(
          message,
          outcome.letsPass === true ? 'attempt = attempt - 1, given = 0' : 'attempt = attempt - 1',
          outcome.after,
        );
    }
  }

  renew(messages: readonly SqliteMessage[], lease: number): void {
    const until = Date.now() + lease;
    for (const message of messages) this.#change(message, 'due = ?', until);
  }

  progress(message: SqliteMessage, fraction: number): void {
    this.#change(message, 'progress = ?', fraction);
  }

  log(message: SqliteMessage, line: string): void {
    this.#change(message, `log = json_insert(log, '$[#]', ?)`, line);
  }

  cancel(id: string): boolean {
    return this.#statements.run(
      `DELETE FROM carillon_message WHERE id = ? AND queue = ? AND state IN ('waiting', 'delayed')`,
      id,
      this.#queue,
    );
  }

  reschedule(id: string, delay: number): boolean {
    const due = Math.ceil(Date.now() + delay);
    this.#claims.willBeDue(due);
    return this.#statements.run(
      `UPDATE carillon_message SET state = 'delayed', due = ? WHERE id = ? AND queue = ? AND state IN ('waiting', 'delayed')`,
      due,
      id,
      this.#queue,
    );
  }

  status(id: string): MessageStatus | undefined {
    const row = this.#statements
      .get(
        'SELECT state, attempt, progress, log, failure FROM carillon_message WHERE id = ? AND queue = ?',
      )
      .get(id, this.#queue) as StatusRow | undefined;
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
    const rows = this.#statements
      .get(
        `SELECT CASE WHEN state = 'delayed' AND due <= ? THEN 'waiting' ELSE state END AS state, count(*) AS count
         FROM carillon_message WHERE queue = ? AND state IN ('waiting', 'delayed', 'active', 'dead') GROUP BY 1`,
      )
      .all(Date.now(), this.#queue) as { state: string; count: number }[];
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

  /** Deletes messages that were done longer ago than `keepDone`, and keys whose time is over. */
  sweep(keepDone: number): void {
    const now = Date.now();
    this.#statements.run(
      `DELETE FROM carillon_message WHERE queue = ? AND state = 'done' AND due < ?`,
      this.#queue,
      now - keepDone,
    );
    this.#remembered.sweep(now);
  }

  #insert(message: OutgoingMessage, now: number): void {
    const { id, handler, event, body, delay = 0, priority = 0, orderingKey, ttl } = message;
    const due = Math.ceil(now + delay);
    if (delay > 0) this.#claims.willBeDue(due);
    this.#statements
      .get(INSERT)
      .run([
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
    this.#statements.get(INSERT_BODY).run([body]);
  }

  #delay(message: SqliteMessage, set: string, after: number, ...values: SqlValue[]): void {
    const due = Math.ceil(Date.now() + after);
    this.#claims.willBeDue(due);
    this.#change(message, `state = 'delayed', due = ?, ${set}`, due, ...values);
  }

  /** Changes the message unless another worker has it by now. */
  #change({ seq, owner, delivery }: SqliteMessage, set: string, ...values: SqlValue[]): void {
    this.#statements.run(
      `UPDATE carillon_message SET ${set} WHERE ${MINE}`,
      ...values,
      seq,
      owner,
      delivery,
    );
  }
}
