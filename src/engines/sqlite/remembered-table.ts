/** Keys that are remembered for a while in a SQLite file: of messages that were accepted, and of those that were done. */
import type Database from 'libsql';

export type Kind = 'dedup' | 'inbox';

export class RememberedTable {
  constructor(
    private readonly prepared: (sql: string) => Database.Statement,
    private readonly queue: string,
  ) {}

  has(kind: Kind, key: string): boolean {
    const row = this.prepared(
      'SELECT 1 AS one FROM carillon_remembered WHERE queue = ? AND kind = ? AND key = ? AND until > ?',
    ).get(this.queue, kind, key, Date.now());
    return row !== undefined;
  }

  /** `false` when it is remembered already. */
  add(kind: Kind, key: string, until: number): boolean {
    const { changes } = this.prepared(
      `INSERT INTO carillon_remembered (queue, kind, key, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (queue, kind, key) DO UPDATE SET until = excluded.until WHERE until <= ?`,
    ).run(this.queue, kind, key, until, Date.now());
    return changes > 0;
  }

  sweep(now: number): void {
    this.prepared('DELETE FROM carillon_remembered WHERE until <= ?').run(now);
  }
}
