/** Keys that a queue in a SQLite file remembers for a while: of accepted messages, and of processed ones. */
import type { Statements } from './statements.js';

export type Kind = 'dedup' | 'inbox';

/** So many keys are forgotten in one step, so that none takes long. */
const PORTION = 500;

/** How much longer a key is remembered whose message has not ended, in milliseconds. */
const LONGER = 60_000;

const HAS_MESSAGE = `EXISTS (SELECT 1 FROM carillon_message WHERE id = carillon_remembered.message AND state NOT IN ('done', 'dead'))`;
const ADD = `INSERT INTO carillon_remembered (queue, kind, key, until, message) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (queue, kind, key) DO UPDATE SET until = excluded.until, message = excluded.message
  WHERE until <= ? AND NOT ${HAS_MESSAGE}`;
const OVER = `(kind, key) IN (SELECT kind, key FROM carillon_remembered WHERE queue = ?1 AND until <= ?2 ORDER BY until LIMIT ${PORTION})`;
const KEEP = `UPDATE carillon_remembered SET until = ?3 WHERE queue = ?1 AND ${OVER} AND ${HAS_MESSAGE}`;
const FORGET = `DELETE FROM carillon_remembered WHERE queue = ?1 AND ${OVER}`;

export class RememberedTable {
  readonly #statements: Statements;
  readonly #queue: string;

  constructor(statements: Statements, queue: string) {
    this.#statements = statements;
    this.#queue = queue;
  }

  has(kind: Kind, key: string): boolean {
    const row = this.#statements
      .get(
        'SELECT 1 AS one FROM carillon_remembered WHERE queue = ? AND kind = ? AND key = ? AND until > ?',
      )
      .get(this.#queue, kind, key, Date.now());
    return row !== undefined;
  }

  /**
   * Returns `false` when the key is remembered already: its time is not over, or its message has not ended.
   *
   * @param message the id of the message that the key is of
   */
  add(kind: Kind, key: string, until: number, message: string | null = null): boolean {
    const values = [this.#queue, kind, key, until, message, Date.now()];
    return this.#statements.run(ADD, ...values);
  }

  /** Forgets a portion of the keys whose time is over. Returns whether there may be more. */
  sweep(now: number): boolean {
    this.#statements.run(KEEP, this.#queue, now, now + LONGER);
    return this.#statements.get(FORGET).run([this.#queue, now]).changes === PORTION;
  }
}
