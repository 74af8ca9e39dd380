/** Lanes: the messages of one ordering key and handler in a SQLite file, of which only the front can be claimed. Each method is one step in a transaction of the caller. */
import type { Statements } from './statements.js';

/** Of one queue. */
export interface Lane {
  readonly key: string;
  readonly handler: string | null;
}

/** A message in the hands of a worker. */
export interface InHand {
  readonly seq: number;
  readonly owner: string;
  readonly delivery: number;
}

const LANE = 'queue = ? AND ordering_key = ? AND handler IS ?';
const FRONT = `${LANE} AND ordering_key IS NOT NULL AND state IN ('waiting', 'held', 'active')`;
const BEHIND = `${LANE} AND state = 'behind'`;

/** The state of a new message: its values are those of {@link Lane}, after the queue. */
export const STATE_IN_LANE = `CASE WHEN EXISTS (SELECT 1 FROM carillon_message WHERE ${FRONT}) THEN 'behind' ELSE 'waiting' END`;
const PROMOTE = `UPDATE carillon_message SET state = 'waiting'
  WHERE seq = (SELECT seq FROM carillon_message WHERE ${BEHIND} ORDER BY seq LIMIT 1)`;
const FIND_FRONT = `SELECT seq, state FROM carillon_message WHERE ${FRONT}`;
const FRONT_OF = `SELECT seq FROM carillon_message WHERE ${FRONT} AND state = 'active' AND owner = ?`;
const ADVANCE = `UPDATE carillon_message SET state = 'active', due = ? WHERE seq = ? AND owner = ? AND given = ? AND state = 'behind'`;
const YIELD = `UPDATE carillon_message SET state = 'behind'
  WHERE seq = ? AND EXISTS (SELECT 1 FROM carillon_message WHERE ${BEHIND} AND seq < ?)`;

export class Lanes {
  readonly #statements: Statements;
  readonly #queue: string;

  constructor(statements: Statements, queue: string) {
    this.#statements = statements;
    this.#queue = queue;
  }

  /** The lane has lost its front: the next message comes forward, if there is one. */
  promote({ key, handler }: Lane): void {
    this.#statements.run(PROMOTE, this.#queue, key, handler);
  }

  /** The place of the front that the worker has in progress. */
  frontOf(owner: string, { key, handler }: Lane): number | undefined {
    const row = this.#statements.get(FRONT_OF).get([this.#queue, key, handler, owner]) as
      | { readonly seq: number }
      | undefined;
    return row?.seq;
  }

  /** The lane has lost its front to the next message that its worker has in hand, which is in progress from now on. Returns whether it has. */
  advance({ seq, owner, delivery }: InHand, until: number): boolean {
    return this.#statements.run(ADVANCE, until, seq, owner, delivery);
  }

  /** Messages have come into the lane from behind: the oldest is its front, unless the front has begun. */
  arrange(lane: Lane): void {
    const { key, handler } = lane;
    const front = this.#statements.get(FIND_FRONT).get([this.#queue, key, handler]) as
      | { readonly seq: number; readonly state: string }
      | undefined;
    if (front !== undefined) {
      if (front.state !== 'waiting') return;
      const yields = [front.seq, this.#queue, key, handler, front.seq];
      if (!this.#statements.run(YIELD, ...yields)) return;
    }
    this.promote(lane);
  }
}
