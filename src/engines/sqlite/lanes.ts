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
  WHERE seq = (SELECT seq FROM carillon_message WHERE ${BEHIND} ORDER BY seq LIMIT 1)`;
const FIND_FRONT = `SELECT seq, state FROM carillon_message WHERE ${FRONT}`;
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
