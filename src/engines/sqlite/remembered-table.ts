/** Keys that a queue in a SQLite file remembers for a while: of accepted messages, and of processed ones. */
import type { Statements } from './statements.js';

export type Kind = 'dedup' | 'inbox';

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

  /** Returns `false` when the key is remembered already. */
  add(kind: Kind, key: string, until: number): boolean {
    return this.#statements.run(
      `INSERT INTO carillon_remembered (queue, kind, key, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (queue, kind, key) DO UPDATE SET until = excluded.until WHERE until <= ?`,
      this.#queue,
      kind,
      key,
      until,
      Date.now(),
    );
  }

  sweep(now: number): void {
    this.#statements.run('DELETE FROM carillon_remembered WHERE until <= ?', now);
  }
}
