/** Gives out the messages of one queue in a SQLite file. Each method is one step in a transaction of the caller. */
import type { RateLimit } from '../../queue/queue-provider.js';
import type { ClaimedMessage } from '../claimed-delivery.js';
import type { Claim, ClaimSize } from '../pull-consumer.js';
import type { DueMessages } from './due-messages.js';
import type { Lane } from './lanes.js';
import { IS_WAITING } from './places.js';
import type { Statements } from './statements.js';

/** A message in progress in this process. */
export interface SqliteMessage extends ClaimedMessage {
  readonly seq: number;
  readonly owner: string;
  /** How often the message has been given out at all: with `owner` it tells one delivery from the next. */
  readonly delivery: number;
  /** That of its ordering key. */
  readonly lane: Lane | undefined;
}

/** Who claims, and how. */
export interface SqliteClaimOptions {
  readonly owner: string;
  readonly lease: number;
  /** Milliseconds between two checks for messages that other processes have delayed. */
  readonly poll: number;
  readonly rateLimit: RateLimit | undefined;
}

type ClaimedRow = readonly [
  id: string,
  handler: string | null,
  body: string,
  attempt: number,
  given: number,
  expires: number | null,
  seq: number,
  key: string | null,
];

/** When messages are given out, and to whom. */
interface Given extends SqliteClaimOptions {
  readonly now: number;
}

/** As they will be once they are taken: a statement that changes rows and returns them costs more than these two. */
const FOUND = `SELECT id, handler, body, attempt + 1, given + 1, expires, seq, ordering_key
  FROM carillon_message LEFT JOIN carillon_body USING (seq)`;
/** Of each lane only the front waits, so no claim looks at keys. */
const WAITING = `${FOUND} WHERE queue = ? AND ${IS_WAITING} ORDER BY rank, seq LIMIT ?`;
const BEHIND = `${FOUND}
  WHERE queue = ? AND ordering_key = ? AND handler IS ? AND state = 'behind' ORDER BY seq LIMIT ?`;
const TAKE = `UPDATE carillon_message SET state = 'active', owner = ?, due = ?, attempt = attempt + 1, given = given + 1
  WHERE seq`;
const TAKE_ONE = `${TAKE} = ?`;
const TAKE_ALL = `${TAKE} IN (SELECT value FROM json_each(?))`;

export class MessageClaims {
  readonly #statements: Statements;
  readonly #queue: string;
  readonly #due: DueMessages;

  constructor(statements: Statements, queue: string, due: DueMessages) {
    this.#statements = statements;
    this.#queue = queue;
    this.#due = due;
  }

  /** The result tells when the next message may be due only if there is none now. */
  claim({ count, behind = 0 }: ClaimSize, options: SqliteClaimOptions): Claim<SqliteMessage> {
    const now = Date.now();
    this.#due.release(now, options.poll);
    const { rateLimit } = options;
    const allowed = this.#allowed(count, rateLimit, now);
    const rows = allowed > 0 ? this.#findWaiting(allowed) : [];
    if (rows.length === 0) return { messages: [], next: this.#due.next(now) };
    if (rateLimit !== undefined) this.#noteBegun(rows.length, now);
    const given = { ...options, now };
    const share = rateLimit === undefined ? shareOf(behind, rows) : 0;
    if (share > 0) return this.#withThoseBehind(rows, given, share);
    this.#take(rows, given);
    return { messages: rows.map((row) => messageOf(row, given)) };
  }

  #noteBegun(count: number, now: number): void {
    for (let number = 0; number < count; number += 1)
      this.#statements.run(
        'INSERT INTO carillon_begun (queue, at) VALUES (?, ?)',
        this.#queue,
        now,
      );
  }

  /** @param share how many may be taken behind each front that has never been attempted */
  #withThoseBehind(rows: readonly ClaimedRow[], given: Given, share: number): Claim<SqliteMessage> {
    const taken = [...rows];
    const followers = new Map<SqliteMessage, readonly SqliteMessage[]>();
    const messages = rows.map((row) => {
      const front = messageOf(row, given);
      const rest = isFresh(row) ? this.#findBehind(row, share) : [];
      taken.push(...rest);
      if (rest.length > 0)
        followers.set(
          front,
          rest.map((follower) => messageOf(follower, given)),
        );
      return front;
    });
    this.#take(taken, given);
    return { messages, behind: followers };
  }

  /**
   * In the order of the lane, up to one that has been attempted, so that one that kills its worker is known by its attempts, or whose time may be
   * over before it begins.
   */
  #findBehind([, handler, , , , , , key]: ClaimedRow, most: number): readonly ClaimedRow[] {
    const found = this.#statements
      .arrays(BEHIND)
      .all([this.#queue, key, handler, most]) as ClaimedRow[];
    const end = found.findIndex(([, , , attempt, , expires]) => attempt > 1 || expires !== null);
    return end === -1 ? found : found.slice(0, end);
  }

  #allowed(count: number, rateLimit: RateLimit | undefined, now: number): number {
    if (rateLimit === undefined) return count;
    const { max, per } = rateLimit;
    this.#statements.run(
      'DELETE FROM carillon_begun WHERE queue = ? AND at <= ?',
      this.#queue,
      now - per,
    );
    const row = this.#statements
      .get('SELECT count(*) AS begun FROM carillon_begun WHERE queue = ?')
      .get(this.#queue);
    return Math.min(count, max - (row as { readonly begun: number }).begun);
  }

  #findWaiting(count: number): readonly ClaimedRow[] {
    const found = this.#statements.arrays(WAITING);
    if (count > 1) return found.all([this.#queue, count]) as ClaimedRow[];
    const row = found.get([this.#queue, count]) as ClaimedRow | undefined;
    return row === undefined ? [] : [row];
  }

  #take(rows: readonly ClaimedRow[], { owner, lease, now }: Given): void {
    const seqs = rows.map(([, , , , , , seq]) => seq);
    const [first = 0] = seqs;
    if (seqs.length === 1) this.#statements.run(TAKE_ONE, owner, now + lease, first);
    else this.#statements.run(TAKE_ALL, owner, now + lease, JSON.stringify(seqs));
  }
}

/** It has an ordering key, and was never attempted. */
function isFresh([, , , attempt, , , , key]: ClaimedRow): boolean {
  return key !== null && attempt === 1;
}

/** An equal share of what may be taken behind fronts, for each of those behind which others may be taken. */
function shareOf(behind: number, rows: readonly ClaimedRow[]): number {
  return behind === 0 ? 0 : Math.floor(behind / Math.max(1, rows.filter(isFresh).length));
}

function messageOf(
  [id, handler, body, attempt, delivery, expires, seq, key]: ClaimedRow,
  { owner, now }: Given,
): SqliteMessage {
  return {
    id,
    seq,
    handler: handler ?? undefined,
    body,
    attempt,
    expired: expires !== null && expires <= now,
    isOrdered: key !== null,
    owner,
    delivery,
    lane: key === null ? undefined : { key, handler },
  };
}
