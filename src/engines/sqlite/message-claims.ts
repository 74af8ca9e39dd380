/** Gives out the messages of one queue in a SQLite file. Each method is one step in a transaction of the caller. */
import type { RateLimit } from '../../queue/queue-provider.js';
import type { ClaimedMessage } from '../claimed-delivery.js';
import type { Claim, ClaimSize } from '../pull-consumer.js';
import type { DueMessages } from './due-messages.js';
import type { Lane } from './lanes.js';
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
  priority: number,
  seq: number,
  key: string | null,
];

/** When messages are given out, and to whom. */
interface Given extends SqliteClaimOptions {
  readonly now: number;
}

const BEHIND = `SELECT seq, attempt = 0 AND expires IS NULL FROM carillon_message
  WHERE queue = ? AND ordering_key = ? AND handler IS ? AND state = 'behind' ORDER BY seq LIMIT ?`;
const CLAIM_BEHIND = takeSql('IN (SELECT value FROM json_each(?))');
const CLAIM_ONE = claimSql('=');
const CLAIM_MANY = claimSql('IN');

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
    const rows = allowed > 0 ? this.#claimRows(allowed, options, now) : [];
    if (rows.length === 0) return { messages: [], next: this.#due.next(now) };
    if (rateLimit !== undefined) this.#noteBegun(rows.length, now);
    const given = { ...options, now };
    if (behind === 0 || rateLimit !== undefined)
      return { messages: rows.map((row) => messageOf(row, given)) };
    return this.#withThoseBehind(rows, given, behind);
  }

  #noteBegun(count: number, now: number): void {
    for (let number = 0; number < count; number += 1)
      this.#statements.run(
        'INSERT INTO carillon_begun (queue, at) VALUES (?, ?)',
        this.#queue,
        now,
      );
  }

  /** Fronts that have never been attempted, each with an equal share. */
  #withThoseBehind(
    rows: readonly ClaimedRow[],
    given: Given,
    behind: number,
  ): Claim<SqliteMessage> {
    const isFresh = ([, , , attempt, , , , , key]: ClaimedRow) => key !== null && attempt === 1;
    const share = Math.floor(behind / Math.max(1, rows.filter(isFresh).length));
    const followers = new Map<SqliteMessage, readonly SqliteMessage[]>();
    const messages = rows.map((row) => {
      const front = messageOf(row, given);
      const rest = share > 0 && isFresh(row) ? this.#claimBehind(row, given, share) : [];
      if (rest.length > 0) followers.set(front, rest);
      return front;
    });
    return { messages, behind: followers };
  }

  /**
   * In the order of the lane, up to one that has been attempted, so that one that kills its worker is known by its attempts, or whose time may be
   * over before it begins.
   */
  #claimBehind(
    [, handler, , , , , , , key]: ClaimedRow,
    given: Given,
    most: number,
  ): readonly SqliteMessage[] {
    const { owner, lease, now } = given;
    const found = this.#statements.arrays(BEHIND).all([this.#queue, key, handler, most]) as [
      seq: number,
      isFit: number,
    ][];
    const end = found.findIndex(([, isFit]) => isFit === 0);
    const seqs = (end === -1 ? found : found.slice(0, end)).map(([seq]) => seq);
    if (seqs.length === 0) return [];
    const rows = this.#statements
      .arrays(CLAIM_BEHIND)
      .all([owner, now + lease, JSON.stringify(seqs)]) as ClaimedRow[];
    return rows
      .sort(([, , , , , , , one], [, , , , , , , other]) => one - other)
      .map((row) => messageOf(row, given));
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

  #claimRows(
    count: number,
    { owner, lease }: SqliteClaimOptions,
    now: number,
  ): readonly ClaimedRow[] {
    const values = [owner, now + lease, this.#queue, count];
    if (count === 1) {
      // SQLite makes all changes of a statement before it returns the first row.
      const row = this.#statements.arrays(CLAIM_ONE).get(values) as ClaimedRow | undefined;
      return row === undefined ? [] : [row];
    }
    const rows = this.#statements.arrays(CLAIM_MANY).all(values) as ClaimedRow[];
    return rows.sort(
      ([, , , , , , oneRank, one], [, , , , , , otherRank, other]) =>
        otherRank - oneRank || one - other,
    );
  }
}

/** Of each lane only the front waits, so no claim looks at keys. */
function claimSql(match: '=' | 'IN'): string {
  return takeSql(`${match} (
      SELECT seq FROM carillon_message WHERE queue = ? AND state = 'waiting' ORDER BY priority DESC, seq LIMIT ?
    )`);
}

function takeSql(which: string): string {
  return `UPDATE carillon_message SET state = 'active', owner = ?, due = ?, attempt = attempt + 1, given = given + 1
    WHERE seq ${which}
    RETURNING id, handler, (SELECT body FROM carillon_body WHERE carillon_body.seq = carillon_message.seq), attempt, given, expires, priority, seq, ordering_key`;
}

function messageOf(
  [id, handler, body, attempt, delivery, expires, , seq, key]: ClaimedRow,
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
