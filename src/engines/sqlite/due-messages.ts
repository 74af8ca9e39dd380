/** Messages of one queue in a SQLite file whose time has come. Each method is one step in a transaction of the caller. */
import type { Lane, Lanes } from './lanes.js';
import { IS_TIMED } from './places.js';
import type { Statements } from './statements.js';

/** So many messages become due in one step, so that none takes long. */
const PORTION = 500;

const TIMED = `queue = ? AND ${IS_TIMED}`;
const FIRST_DUE = `SELECT due FROM carillon_message WHERE ${TIMED} ORDER BY rank LIMIT 1`;
const DUE = `SELECT seq, state, ordering_key, handler FROM carillon_message
  WHERE ${TIMED} AND rank <= ? ORDER BY rank, seq LIMIT ${PORTION}`;
const SET_STATE =
  'UPDATE carillon_message SET state = ?, owner = NULL WHERE seq IN (SELECT value FROM json_each(?))';

type DueRow = readonly [seq: number, state: string, key: string | null, handler: string | null];

export class DueMessages {
  readonly #statements: Statements;
  readonly #queue: string;
  readonly #lanes: Lanes;
  /** When a message may have become due. */
  #nextCheck = 0;

  constructor(statements: Statements, queue: string, lanes: Lanes) {
    this.#statements = statements;
    this.#queue = queue;
    this.#lanes = lanes;
  }

  /** A message was delayed until then. */
  expect(due: number): void {
    this.#nextCheck = Math.min(this.#nextCheck, due);
  }

  /** Makes messages wait that are due, and those whose worker no longer renews its lease. What others delay is found at each poll. */
  release(now: number, poll: number): void {
    if (now < this.#nextCheck) return;
    const rows = this.#statements.arrays(DUE).all([this.#queue, now]) as DueRow[];
    if (rows.length > 0) this.#release(rows);
    const due = rows.length < PORTION ? this.#firstDue() : now;
    this.#nextCheck = Math.min(now + poll, due);
  }

  /** In how many milliseconds the next message is due. */
  next(now: number): number | undefined {
    const due = this.#firstDue();
    this.expect(due);
    return due === Number.POSITIVE_INFINITY ? undefined : due - now;
  }

  /** What was held is still the front of its lane; what was delayed or in progress comes into it by its age. */
  #release(rows: readonly DueRow[]): void {
    const waiting: number[] = [];
    const behind: number[] = [];
    const lanes = new Map<string, Lane>();
    for (const [seq, state, key, handler] of rows) {
      if (key === null || state === 'held') waiting.push(seq);
      else behind.push(seq);
      if (key !== null) lanes.set(JSON.stringify([key, handler]), { key, handler });
    }
    this.#setState('waiting', waiting);
    this.#setState('behind', behind);
    for (const lane of lanes.values()) this.#lanes.arrange(lane);
  }

  #setState(state: string, seqs: readonly number[]): void {
    if (seqs.length > 0) this.#statements.run(SET_STATE, state, JSON.stringify(seqs));
  }

  /** Of all messages that are delayed, held or in progress. */
  #firstDue(): number {
    const row = this.#statements.arrays(FIRST_DUE).get([this.#queue]) as [number] | undefined;
    return row === undefined ? Number.POSITIVE_INFINITY : row[0];
  }
}
