/** Gives out the messages of one queue in PostgreSQL, and stores what becomes of them. */
import type { Failure, OnRetry, Outcome } from '../../queue/queue-provider.js';
import type { ClaimedMessage } from '../claimed-delivery.js';
import { type PauseLimits, pauseAfter } from '../pauses.js';
import type { Claim, ClaimSize } from '../pull-consumer.js';
import { arrayLiteral } from './array-literal.js';
import { RequestBatch } from './request-batch.js';
import type { RunSql } from './run-sql.js';
import { NOW } from './schema.js';

/** A message in progress in this process. */
export interface PostgresMessage extends ClaimedMessage {
  readonly seq: string;
  readonly key: string | null;
  /** How often the message has been given out at all: with the owner it tells one delivery from the next. */
  readonly delivery: number;
}

/** Who claims, and how. */
export interface PostgresClaimOptions {
  readonly owner: string;
  readonly lease: number;
  readonly onRetry: OnRetry;
}

interface ClaimedRow {
  readonly seq: string | null;
  readonly id: string;
  readonly handler: string;
  readonly key: string | null;
  readonly body: string;
  readonly attempt: number;
  readonly given: number;
  readonly expired: boolean | null;
  readonly priority: number;
  /** In how many milliseconds the first message that is delayed or in progress is due; the same in every row. */
  readonly soon: string | null;
  /** Whether there is more than was given out; the same in every row. */
  readonly missed: boolean;
  /** Whether it begins after another one of its key. */
  readonly follows: boolean | null;
}

/** What a claim has seen and not looked after. */
interface LeftOver {
  /** Messages that have become due. */
  readonly isDue: boolean;
  /** Bells, although there was room for what they announce. */
  readonly isMissed: boolean;
}

const NOTHING_LEFT: LeftOver = { isDue: false, isMissed: false };

type ClaimAttempt = Claim<PostgresMessage> & { readonly next: number; readonly isMissed: boolean };

/** How many messages that are due one statement makes waiting. */
const PORTION = 1000;

/** How many bells one statement answers. */
const CATCH_UP = 5000;

/** In how many milliseconds what others have locked is worth a look: nobody tells when it no longer is, and a transaction may stay open. */
const LOCKED: PauseLimits = { first: 10, most: 1000 };

/** Matches nothing once another worker has the message. Only what the primary key finds: any other index may be large. */
const MINE = 'seq = $1::bigint AND owner = $2 AND given = $3::int';

/** What a message becomes. */
interface Settlement {
  readonly state: 'done' | 'dead' | 'waiting' | 'delayed';
  readonly after?: number;
  readonly isCounted?: boolean;
  /** Whether the others of its key wait for it. */
  readonly holds?: boolean;
  readonly reason?: string;
  readonly failure?: Failure;
}

export class MessageClaims {
  readonly #run: RunSql;
  readonly #queue: string;
  readonly #owner: string;
  readonly #lease: number;
  readonly #onRetry: OnRetry;
  readonly #finishing: RequestBatch<PostgresMessage>;
  /** With ordering keys. */
  readonly #finishingLanes: RequestBatch<PostgresMessage>;
  /** By the last claim. */
  #left = NOTHING_LEFT;
  /** How many claims in turn have found nothing but what others have locked. */
  #timesLocked = 0;

  constructor(run: RunSql, queue: string, { owner, lease, onRetry }: PostgresClaimOptions) {
    this.#run = run;
    this.#queue = queue;
    this.#owner = owner;
    this.#lease = Math.ceil(lease);
    this.#onRetry = onRetry;
    this.#finishing = new RequestBatch((messages) => this.#finish(messages));
    this.#finishingLanes = new RequestBatch((messages) => this.#finishLanes(messages));
  }

  /**
   * Takes one request where it finds something. What has become due and bells that are left are looked after, each in a transaction of its own,
   * before it asks again: at once where it has found nothing, or else by the next claim, so that what was found begins before that.
   */
  async claim({ count, behind = 0 }: ClaimSize): Promise<Claim<PostgresMessage>> {
    await this.#lookAfter(this.#left);
    this.#left = NOTHING_LEFT;
    const first = await this.#claim(count, behind);
    const left = {
      isDue: first.next <= 0,
      isMissed: first.isMissed && first.messages.length < count,
    };
    if (!left.isDue && !left.isMissed) return first;
    if (first.messages.length > 0) {
      this.#left = left;
      return { ...first, next: 0 };
    }
    const answered = await this.#lookAfter(left);
    if (answered === 0 && !left.isDue) return first;
    const second = await this.#claim(count, behind);
    return answered > 0 && second.isMissed ? { ...second, next: 0 } : second;
  }

  /** Returns how many bells were answered. */
  async #lookAfter({ isDue, isMissed }: LeftOver): Promise<number> {
    if (isDue) await this.#run('SELECT carillon_due_1($1, $2::int)', [this.#queue, PORTION]);
    return isMissed ? this.#catchUp() : 0;
  }

  /** Returns how many bells were answered: none while another worker answers them. */
  async #catchUp(): Promise<number> {
    const [row] = await this.#run<{ answered: number }>(
      'SELECT carillon_catch_up_2($1, $2::int) AS answered',
      [this.#queue, CATCH_UP],
    );
    return row?.answered ?? 0;
  }

  async #claim(count: number, behind: number): Promise<ClaimAttempt> {
    const rows = await this.#run<ClaimedRow>(
      'SELECT * FROM carillon_claim_2($1, $2, $3::bigint, $4::int, $5::int)',
      [this.#queue, this.#owner, this.#lease, count, behind],
    );
    const [first] = rows;
    const soon = first?.soon == null ? Number.POSITIVE_INFINITY : Number(first.soon);
    const found = given(rows.filter(({ seq }) => seq !== null));
    const isMissed = first?.missed === true;
    if (!isMissed || found.messages.length > 0) this.#timesLocked = 0;
    if (!isMissed) return { ...found, next: soon, isMissed };
    const next = Math.min(soon, pauseAfter(this.#timesLocked, LOCKED));
    this.#timesLocked += 1;
    return { ...found, next, isMissed };
  }

  /** @param behind what goes back with it: messages of its key that have not begun */
  async settle(
    message: PostgresMessage,
    outcome: Outcome,
    behind: readonly PostgresMessage[] = [],
  ): Promise<void> {
    if (outcome.type === 'done')
      return (message.key === null ? this.#finishing : this.#finishingLanes).add(message);

    const {
      state,
      after = 0,
      isCounted = true,
      holds = false,
      reason,
      failure,
    } = this.#settlement(outcome);
    await this.#run(
      'SELECT carillon_settle_2($1::bigint, $2, $3::int, $4, $5, $6, $7, $8::bigint, $9::boolean, $10::boolean, $11, $12::json, $13::bigint[], $14::int[])',
      [
        message.seq,
        this.#owner,
        message.delivery,
        this.#queue,
        message.key,
        message.handler ?? '',
        state,
        after,
        isCounted,
        holds,
        reason ?? null,
        failure === undefined ? null : JSON.stringify(failure),
        ...this.#places(behind),
      ],
    );
  }

  /** They are of one key, and have not begun. */
  async giveBack(messages: readonly PostgresMessage[]): Promise<void> {
    const [first] = messages;
    if (first === undefined) return;
    await this.#run('SELECT carillon_give_back_1($1, $2, $3, $4, $5::bigint[], $6::int[])', [
      this.#queue,
      this.#owner,
      first.key,
      first.handler ?? '',
      ...this.#places(messages),
    ]);
  }

  async #finish(messages: readonly PostgresMessage[]): Promise<void> {
    await this.#run('SELECT carillon_finish_1($1, $2::bigint[], $3::int[])', [
      this.#owner,
      ...this.#places(messages),
    ]);
  }

  async #finishLanes(messages: readonly PostgresMessage[]): Promise<void> {
    const sorted = inOrder(messages);
    await this.#run(
      'SELECT carillon_finish_lanes_1($1, $2, $3::bigint[], $4::int[], $5::text[], $6::text[])',
      [
        this.#queue,
        this.#owner,
        ...this.#places(messages),
        arrayLiteral(sorted.map(({ key }) => key ?? '')),
        arrayLiteral(sorted.map(({ handler }) => handler ?? '')),
      ],
    );
  }

  /** Returns those that another worker has by now. */
  async renew(messages: readonly PostgresMessage[]): Promise<readonly PostgresMessage[]> {
    const rows = await this.#run<{ seq: string }>(
      `UPDATE carillon_message AS message SET due = ${NOW} + $2::bigint
       FROM unnest($3::bigint[], $4::int[]) AS mine (seq, given)
       WHERE message.seq = mine.seq AND message.owner = $1 AND message.given = mine.given
       RETURNING message.seq`,
      [this.#owner, this.#lease, ...this.#places(messages)],
    );
    const renewed = new Set(rows.map(({ seq }) => seq));
    return messages.filter(({ seq }) => !renewed.has(seq));
  }

  progress(message: PostgresMessage, fraction: number): Promise<void> {
    return this.#change(message, 'progress = $4', fraction);
  }

  log(message: PostgresMessage, line: string): Promise<void> {
    return this.#change(message, 'log = array_append(log, $4)', line);
  }

  #places(messages: readonly PostgresMessage[]): readonly string[] {
    const sorted = inOrder(messages);
    return [
      arrayLiteral(sorted.map(({ seq }) => Number(seq))),
      arrayLiteral(sorted.map(({ delivery }) => delivery)),
    ];
  }

  async #change({ seq, delivery }: PostgresMessage, set: string, value: unknown): Promise<void> {
    const sql = `UPDATE carillon_message SET ${set} WHERE ${MINE}`;
    await this.#run(sql, [seq, this.#owner, delivery, value]);
  }

  /** A message that is due at once waits at once: no later one may come before it. */
  #settlement(outcome: Outcome): Settlement {
    switch (outcome.type) {
      case 'done':
        return { state: 'done' };
      case 'giveUp':
        return { state: 'dead', reason: outcome.reason, failure: outcome.failure };
      case 'retry': {
        const holds = this.#onRetry === 'block';
        return { ...later(outcome.after, holds), failure: outcome.failure };
      }
      case 'goBack':
        return { ...later(outcome.after, outcome.letsPass !== true), isCounted: false };
    }
  }
}

/** In the order in which they begin. */
function given(rows: readonly ClaimedRow[]): Claim<PostgresMessage> {
  const followers = new Map<string, ClaimedRow[]>();
  for (const row of rows.filter(({ follows }) => follows === true).sort(bySeq)) {
    const lane = followers.get(laneOf(row));
    if (lane === undefined) followers.set(laneOf(row), [row]);
    else lane.push(row);
  }
  const behind = new Map<PostgresMessage, readonly PostgresMessage[]>();
  const messages = rows
    .filter(({ follows }) => follows !== true)
    .sort((a, b) => b.priority - a.priority || bySeq(a, b))
    .map((row) => {
      const message = messageOf(row);
      const rest = row.key === null ? undefined : followers.get(laneOf(row));
      if (rest !== undefined) behind.set(message, rest.map(messageOf));
      return message;
    });
  return { messages, behind };
}

function bySeq(a: { readonly seq: string | null }, b: { readonly seq: string | null }): number {
  return Number(a.seq) - Number(b.seq);
}

function laneOf({ key, handler }: ClaimedRow): string {
  return JSON.stringify([key, handler]);
}

/** So that two statements that lock several of them do not wait for each other. */
function inOrder(messages: readonly PostgresMessage[]): readonly PostgresMessage[] {
  return [...messages].sort(bySeq);
}

function later(after: number, holds: boolean): Settlement {
  const whole = Math.ceil(after);
  return whole > 0
    ? { state: 'delayed', after: whole, holds }
    : { state: 'waiting', after: 0, holds: false };
}

function messageOf({
  seq,
  id,
  handler,
  key,
  body,
  attempt,
  given,
  expired,
}: ClaimedRow): PostgresMessage {
  return {
    seq: seq as string,
    id,
    handler: handler === '' ? undefined : handler,
    key,
    body,
    attempt,
    expired: expired === true,
    isOrdered: key !== null,
    delivery: given,
  };
}
