/** The messages of one queue in a SQLite file. Each method is one step in a transaction of the caller. */
import type {
  EnqueueResult,
  MessageStatus,
  OnRetry,
  Outcome,
  OutgoingMessage,
  QueueCounts,
} from '../../queue/queue-provider.js';
import type { Claim, ClaimSize } from '../pull-consumer.js';
import { DueMessages } from './due-messages.js';
import { type Lane, Lanes, STATE_IN_LANE } from './lanes.js';
import { MessageClaims, type SqliteClaimOptions, type SqliteMessage } from './message-claims.js';
import { IS_DONE, IS_TIMED, IS_WAITING } from './places.js';
import { type Kind, RememberedTable } from './remembered-table.js';
import type { SqlValue, Statements } from './statements.js';

interface StatusRow {
  readonly state: string;
  readonly attempt: number;
  readonly progress: number;
  readonly log: string;
  readonly failure: string | null;
}

/** What the next attempt is called by those who look at a message. */
const SHOWN: Readonly<Record<string, MessageStatus['state']>> = {
  behind: 'waiting',
  held: 'delayed',
};

/** So many messages are forgotten in one step, so that none takes long. */
const PORTION = 500;

const INSERT = insertSql('?');
const INSERT_IN_LANE = insertSql(STATE_IN_LANE);
const INSERT_BODY = 'INSERT INTO carillon_body (seq, body) VALUES (last_insert_rowid(), ?)';
/** Matches nothing once another worker has the message. */
const MINE = `seq = ? AND owner = ? AND given = ? AND state = 'active'`;
/** `due` is since when. */
const DONE = `UPDATE carillon_message SET state = 'done', progress = 1, due = ? WHERE ${MINE}`;
const DEAD = `UPDATE carillon_message SET state = 'dead', due = ?, reason = ?, failure = ? WHERE ${MINE}`;
const REVIVE = `UPDATE carillon_message SET state = iif(ordering_key IS NULL, 'waiting', 'behind'), due = ?,
  attempt = 0, owner = NULL, reason = NULL, expires = NULL`;
const FORGET = `DELETE FROM carillon_message WHERE seq IN (
  SELECT seq FROM carillon_message WHERE queue = ? AND ${IS_DONE} AND rank < ? ORDER BY rank LIMIT ${PORTION})`;
const ALL_DONE = `UPDATE carillon_message SET state = 'done', progress = 1, due = ?
  WHERE seq IN (SELECT value FROM json_each(?)) AND owner = ? AND given = ? AND state = 'active'`;
/** Each has an index of its own. */
const COUNTS = `SELECT
  (SELECT count(*) FROM carillon_message WHERE queue = ?1 AND ${IS_WAITING})
  + (SELECT count(*) FROM carillon_message WHERE queue = ?1 AND state = 'behind')
  + (SELECT count(*) FROM carillon_message WHERE ${timedSql('delayed', 'held')} AND rank <= ?2) AS waiting,
  (SELECT count(*) FROM carillon_message WHERE ${timedSql('delayed', 'held')} AND rank > ?2) AS delayed,
  (SELECT count(*) FROM carillon_message WHERE ${timedSql('active')}) AS active,
  (SELECT count(*) FROM carillon_message WHERE queue = ?1 AND state = 'dead') AS dead`;

/** Since when the one has been due that has been due longest. */
const OLDEST = `SELECT min(since) AS since FROM (
  SELECT min(due) AS since FROM carillon_message WHERE queue = ?1 AND ${IS_WAITING}
  UNION ALL SELECT min(due) FROM carillon_message WHERE queue = ?1 AND state = 'behind'
  UNION ALL SELECT min(due) FROM carillon_message WHERE ${timedSql('delayed', 'held')} AND rank <= ?2)`;

/** A message as it is found by its id. */
interface FoundRow {
  readonly seq: number;
  readonly state: string;
  readonly key: string | null;
  readonly handler: string | null;
}

export class MessageTable {
  readonly #statements: Statements;
  readonly #queue: string;
  readonly #lanes: Lanes;
  readonly #due: DueMessages;
  readonly #claims: MessageClaims;
  readonly #remembered: RememberedTable;

  constructor(statements: Statements, queue: string) {
    this.#statements = statements;
    this.#queue = queue;
    this.#lanes = new Lanes(statements, queue);
    this.#due = new DueMessages(statements, queue, this.#lanes);
    this.#claims = new MessageClaims(statements, queue, this.#due);
    this.#remembered = new RememberedTable(statements, queue);
  }

  enqueue(messages: readonly OutgoingMessage[]): EnqueueResult[] {
    const now = Date.now();
    return messages.map((message) => {
      if (!this.#isFirst(message, now)) return 'duplicate';
      this.#insert(message, now);
      return 'accepted';
    });
  }

  claim(size: ClaimSize, options: SqliteClaimOptions): Claim<SqliteMessage> {
    return this.#claims.claim(size, options);
  }

  /** Stores that all of them are done; they are of one owner. */
  finish(messages: readonly SqliteMessage[]): void {
    const now = Date.now();
    const [first] = messages;
    if (first === undefined) return;
    if (messages.length === 1) {
      this.#leave(first, DONE, now);
      return;
    }
    for (const [delivery, seqs] of byDelivery(messages))
      this.#statements.run(ALL_DONE, now, JSON.stringify(seqs), first.owner, delivery);
    // Where a message was another worker's, it still is the front of its lane: nothing comes forward.
    for (const { lane } of messages) if (lane !== undefined) this.#lanes.promote(lane);
  }

  /** They are of one lane and have not begun: no attempt is counted. */
  giveBack(messages: readonly SqliteMessage[]): void {
    const [first] = messages;
    for (const message of messages)
      this.#change(message, `state = 'behind', owner = NULL, attempt = attempt - 1`);
    if (first?.lane !== undefined) this.#lanes.promote(first.lane);
  }

  /** @param onRetry what becomes of the lane while the message waits for its next attempt */
  settle(message: SqliteMessage, outcome: Outcome, onRetry: OnRetry): void {
    const now = Date.now();
    switch (outcome.type) {
      case 'done':
        this.#leave(message, DONE, now);
        return;
      case 'retry':
        this.#delay(message, onRetry === 'block', outcome.after, {
          set: 'failure = ?',
          value: JSON.stringify(outcome.failure),
        });
        return;
      case 'giveUp':
        this.#leave(message, DEAD, now, outcome.reason, JSON.stringify(outcome.failure));
        return;
      case 'goBack':
        this.#delay(message, outcome.letsPass !== true, outcome.after, {
          set: 'attempt = attempt - ?',
          value: 1,
        });
    }
  }

  /** Returns those that another worker has by now. */
  renew(messages: readonly SqliteMessage[], lease: number): readonly SqliteMessage[] {
    const until = Date.now() + lease;
    return messages.filter((message) => !this.#change(message, 'due = ?', until));
  }

  progress(message: SqliteMessage, fraction: number): void {
    this.#change(message, 'progress = ?', fraction);
  }

  log(message: SqliteMessage, line: string): void {
    this.#change(message, `log = json_insert(log, '$[#]', ?)`, line);
  }

  cancel(id: string): boolean {
    const found = this.#find(id);
    if (found === undefined) return false;
    this.#statements.run('DELETE FROM carillon_message WHERE seq = ?', found.seq);
    if (isFront(found)) this.#lanes.promote(found);
    return true;
  }

  /** A message that has failed still holds its lane. */
  reschedule(id: string, delay: number): boolean {
    const found = this.#find(id);
    if (found === undefined) return false;
    const due = Math.ceil(Date.now() + delay);
    this.#due.expect(due);
    const state = found.state === 'held' ? 'held' : 'delayed';
    this.#statements.run(
      'UPDATE carillon_message SET state = ?, due = ? WHERE seq = ?',
      state,
      due,
      found.seq,
    );
    if (state === 'delayed' && isFront(found)) this.#lanes.promote(found);
    return true;
  }

  /** Dead letters that are selected by the condition wait again. Returns how many. */
  revive(where: string, values: readonly SqlValue[]): number {
    const lanes = this.#statements
      .get(
        `SELECT DISTINCT ordering_key AS key, handler FROM carillon_message WHERE ${where} AND ordering_key IS NOT NULL`,
      )
      .all([...values]) as Lane[];
    const { changes } = this.#statements
      .get(`${REVIVE} WHERE ${where}`)
      .run([Date.now(), ...values]);
    for (const lane of lanes) this.#lanes.arrange(lane);
    return changes;
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
      state: SHOWN[state] ?? (state as MessageStatus['state']),
      attempt,
      progress,
      log: JSON.parse(log),
      failure: failure === null ? undefined : JSON.parse(failure),
    };
  }

  counts(): QueueCounts {
    const { waiting, delayed, active, dead } = this.#statements
      .get(COUNTS)
      .get([this.#queue, Date.now()]) as QueueCounts;
    return { waiting, delayed, active, dead };
  }

  oldest(): number | undefined {
    const now = Date.now();
    const { since } = this.#statements.get(OLDEST).get([this.#queue, now]) as {
      readonly since: number | null;
    };
    return since === null ? undefined : Math.max(0, now - since);
  }

  isRemembered(kind: Kind, key: string): boolean {
    return this.#remembered.has(kind, key);
  }

  remember(kind: Kind, key: string, window: number): void {
    this.#remembered.add(kind, key, Date.now() + window);
  }

  /**
   * Deletes a portion of the messages that were done longer ago than `keepDone`, and of the keys whose time is over. Returns whether there may
   * be more.
   */
  sweep(keepDone: number): boolean {
    const now = Date.now();
    const { changes } = this.#statements.get(FORGET).run([this.#queue, now - keepDone]);
    return this.#remembered.sweep(now) || changes === PORTION;
  }

  #isFirst({ id, dedup }: OutgoingMessage, now: number): boolean {
    if (dedup === undefined) return true;
    return this.#remembered.add('dedup', dedup.key, now + dedup.window, id);
  }

  #insert(message: OutgoingMessage, now: number): void {
    const { id, handler = null, event, body, delay = 0, priority = 0, orderingKey, ttl } = message;
    const due = Math.ceil(now + delay);
    const expires = ttl === undefined ? null : now + ttl;
    const key = orderingKey ?? null;
    const values = [id, this.#queue, handler, event, due, priority, key, expires, now];
    if (delay > 0) {
      this.#due.expect(due);
      this.#statements.get(INSERT).run([...values, 'delayed']);
    } else if (key === null) this.#statements.get(INSERT).run([...values, 'waiting']);
    else this.#statements.get(INSERT_IN_LANE).run([...values, this.#queue, key, handler]);
    this.#statements.get(INSERT_BODY).run([body]);
  }

  /** Unless it has begun or ended. */
  #find(id: string): FoundRow | undefined {
    return this.#statements
      .get(
        `SELECT seq, state, ordering_key AS key, handler FROM carillon_message
         WHERE id = ? AND queue = ? AND state IN ('waiting', 'behind', 'delayed', 'held')`,
      )
      .get([id, this.#queue]) as FoundRow | undefined;
  }

  /** @param holds whether the others of its lane wait for it */
  #delay(
    message: SqliteMessage,
    holds: boolean,
    after: number,
    { set, value }: { readonly set: string; readonly value: SqlValue },
  ): void {
    const due = Math.ceil(Date.now() + after);
    this.#due.expect(due);
    if (holds && message.lane !== undefined)
      this.#change(message, `state = 'held', due = ?, ${set}`, due, value);
    else
      this.#leave(
        message,
        `UPDATE carillon_message SET state = 'delayed', due = ?, ${set} WHERE ${MINE}`,
        due,
        value,
      );
  }

  /** Makes a change by which the message is no longer the front of its lane. */
  #leave(message: SqliteMessage, sql: string, ...values: readonly SqlValue[]): void {
    const { seq, owner, delivery, lane } = message;
    const isChanged = this.#statements.run(sql, ...values, seq, owner, delivery);
    if (isChanged && lane !== undefined) this.#lanes.promote(lane);
  }

  /** Changes the message unless another worker has it by now. */
  #change({ seq, owner, delivery }: SqliteMessage, set: string, ...values: SqlValue[]): boolean {
    return this.#statements.run(
      `UPDATE carillon_message SET ${set} WHERE ${MINE}`,
      ...values,
      seq,
      owner,
      delivery,
    );
  }
}

/** Mostly it is the first of all of them: one statement is enough. */
function byDelivery(messages: readonly SqliteMessage[]): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const { seq, delivery } of messages) {
    const seqs = found.get(delivery);
    if (seqs === undefined) found.set(delivery, [seq]);
    else seqs.push(seq);
  }
  return found;
}

function isFront(found: FoundRow): found is FoundRow & Lane {
  return found.key !== null && (found.state === 'waiting' || found.state === 'held');
}

function insertSql(state: string): string {
  return `INSERT INTO carillon_message (id, queue, handler, event, due, priority, ordering_key, expires, enqueued, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ${state})`;
}

function timedSql(...states: readonly string[]): string {
  const list = states.map((state) => `'${state}'`).join(', ');
  return `queue = ?1 AND ${IS_TIMED} AND state IN (${list})`;
}
