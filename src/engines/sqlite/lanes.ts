/** Lanes: the messages of one ordering key and handler in a SQLite file, of which only the front can be claimed. Each method is one step in a transaction of the caller. */
import type { Statements } from './statements.js';

/** Of one queue. */
export interface Lane {
  readonly key: string;
  readonly handler: string | null;
}

const LANE = 'queue = ? AND ordering_key = ? AND handler IS ?';
const FRONT = `${LANE} AND ordering_key IS NOT NULL AND state IN ('waiting', 'held', 'active')`;
const BEHIND = `${LANE} AND state = 'behind'`;

/** The state of a new message: its values are those of {@link Lane}, after the queue. */
export const STATE_IN_LANE = `CASE WHEN EXISTS (SELECT 1 FROM carillon_message WHERE ${FRONT}) THEN 'behind' ELSE 'waiting' END`;
const PROMOTE = `UPDATE carillon_message SET state = 'waiting'
  WHERE seq = (SELECT seq FROM carillon_message WHERE ${BEHIND} ORDER BY seq LIMIT 1)
    AND NOT EXISTS (SELECT 1 FROM carillon_message WHERE ${FRONT})`;
const FIND_FRONT = `SELECT seq, state FROM carillon_message WHERE ${FRONT} LIMIT 1`;
const YIELD = `UPDATE carillon_message SET state = 'behind'
  WHERE seq = ? AND EXISTS (SELECT 1 FROM carillon_message WHERE ${BEHIND} AND seq < ?)`;

export class Lanes {
  readonly #statements: Statements;
  readonly #queue: string;

  constructor(statements: Statements, queue: string) {
    this.#statements = statements;
    this.#queue = queue;
  }

  /** One has left the front of the lane: the next message comes forward, if there is one, unless others are still there. */
  promote({ key, handler }: Lane): void {
    const lane = [this.#queue, key, handler];
    this.#statements.run(PROMOTE, ...lane, ...lane);
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
