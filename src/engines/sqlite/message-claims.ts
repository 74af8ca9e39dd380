/** Gives out the messages of one queue in a SQLite file. Each method is one step in a transaction of the caller. */
import type { OnRetry, RateLimit } from '../../queue/queue-provider.js';
import type { Claim, ClaimedMessage } from '../pull-consumer.js';
import type { Statements } from './statements.js';

/** A message in progress in this process. */
export interface SqliteMessage extends ClaimedMessage {
  readonly seq: number;
  readonly owner: string;
  /** How often the message has been given out at all: with `owner` it tells one delivery from the next. */
  readonly delivery: number;
}

/** Who claims, and how. */
export interface SqliteClaimOptions {
  readonly owner: string;
  readonly lease: number;
  /** Milliseconds between two checks for messages that other processes have delayed. */
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

const FIRST_DUE = `SELECT min(due) FROM carillon_message WHERE queue = ? AND state IN ('delayed', 'active')`;
const PROMOTE = `UPDATE carillon_message SET state = 'waiting', owner = NULL
  WHERE queue = ? AND state IN ('delayed', 'active') AND due <= ?`;
/** Which other messages of an ordering key hold one back. */
const HOLDING = {
  block: `(other.state <> 'delayed' OR other.given > 0)`,
  pass: `other.state <> 'delayed'`,
};
const CLAIM_ONE = { block: claimSql('=', HOLDING.block), pass: claimSql('=', HOLDING.pass) };
const CLAIM_MANY = { block: claimSql('IN', HOLDING.block), pass: claimSql('IN', HOLDING.pass) };

export class MessageClaims {
  readonly #statements: Statements;
  readonly #queue: string;
  /** When a message may have become due. */
  #nextCheck = 0;

  constructor(statements: Statements, queue: string) {
    this.#statements = statements;
    this.#queue = queue;
  }

  /** The result tells when the next message may be due only if there is none now. */
  claim(count: number, options: SqliteClaimOptions): Claim<SqliteMessage> {
    const now = Date.now();
    if (now >= this.#nextCheck) this.#promoteDue(now, options.poll);
    const { owner, rateLimit } = options;
    const allowed = this.#allowed(count, rateLimit, now);
    const rows = allowed > 0 ? this.#claimRows(allowed, options, now) : [];
    if (rows.length === 0) return { messages: [], next: this.#untilDue(now) };
    if (rateLimit !== undefined) {
      for (const _ of rows)
        this.#statements.run(
          'INSERT INTO carillon_begun (queue, at) VALUES (?, ?)',
          this.#queue,
          now,
        );
    }
    return {
      messages: rows.map(([id, handler, body, attempt, delivery, expires, , seq]) => ({
        id,
        seq,
        handler: handler ?? undefined,
        body,
        attempt,
        expired: expires !== null && expires <= now,
        owner,
        delivery,
      })),
    };
  }

  /** A message was delayed until then. */
  willBeDue(due: number): void {
    this.#nextCheck = Math.min(this.#nextCheck, due);
  }

  /** Makes messages wait that are due, and those whose worker no longer renews its lease. What others delay is found at each poll. */
  #promoteDue(now: number, poll: number): void {
    let due = this.#firstDue();
    if (due <= now) {
      this.#statements.run(PROMOTE, this.#queue, now);
      due = this.#firstDue();
    }
    this.#nextCheck = Math.min(now + poll, due);
  }

  #untilDue(now: number): number | undefined {
    const due = this.#firstDue();
    this.willBeDue(due);
    return due === Number.POSITIVE_INFINITY ? undefined : due - now;
  }

  /** Of all messages that are delayed or in progress. */
  #firstDue(): number {
    const [due] = this.#statements.arrays(FIRST_DUE).get([this.#queue]) as [number | null];
    return due ?? Number.POSITIVE_INFINITY;
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
    { owner, lease, onRetry }: SqliteClaimOptions,
    now: number,
  ): readonly ClaimedRow[] {
    const values = [owner, now + lease, this.#queue, count];
    if (count === 1) {
      // SQLite makes all changes of a statement before it returns the first row.
      const row = this.#statements.arrays(CLAIM_ONE[onRetry]).get(values) as ClaimedRow | undefined;
      return row === undefined ? [] : [row];
    }
    const rows = this.#statements.arrays(CLAIM_MANY[onRetry]).all(values) as ClaimedRow[];
    return rows.sort(
      ([, , , , , , oneRank, one], [, , , , , , otherRank, other]) =>
        otherRank - oneRank || one - other,
    );
  }
}

/** Takes only the first message of an ordering key, and none of a key that is held back. */
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
