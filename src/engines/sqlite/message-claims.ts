/** Gives out the messages of one queue in a SQLite file. Each method is one step in a transaction of the caller. */
import type { RateLimit } from '../../queue/queue-provider.js';
import type { Claim, ClaimedMessage } from '../pull-consumer.js';
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
  claim(count: number, options: SqliteClaimOptions): Claim<SqliteMessage> {
    const now = Date.now();
    this.#due.release(now, options.poll);
    const { owner, rateLimit } = options;
    const allowed = this.#allowed(count, rateLimit, now);
    const rows = allowed > 0 ? this.#claimRows(allowed, options, now) : [];
    if (rows.length === 0) return { messages: [], next: this.#due.next(now) };
    if (rateLimit !== undefined) {
      for (const _ of rows)
        this.#statements.run(
          'INSERT INTO carillon_begun (queue, at) VALUES (?, ?)',
          this.#queue,
          now,
        );
    }
    return {
      messages: rows.map(([id, handler, body, attempt, delivery, expires, , seq, key]) => ({
        id,
        seq,
        handler: handler ?? undefined,
        body,
        attempt,
        expired: expires !== null && expires <= now,
        owner,
        delivery,
        lane: key === null ? undefined : { key, handler },
      })),
    };
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
  return `UPDATE carillon_message SET state = 'active', owner = ?, due = ?, attempt = attempt + 1, given = given + 1
    WHERE seq ${match} (
      SELECT seq FROM carillon_message WHERE queue = ? AND state = 'waiting' ORDER BY priority DESC, seq LIMIT ?
    )
    RETURNING id, handler, (SELECT body FROM carillon_body WHERE carillon_body.seq = carillon_message.seq), attempt, given, expires, priority, seq, ordering_key`;
}
