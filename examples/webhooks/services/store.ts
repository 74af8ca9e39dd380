/** The application's data: a few tables in memory, each write with a revision that proves its content. */
import { webcrypto } from 'node:crypto';
import { injectable } from 'inversify';

export type Table = 'activity' | 'commits' | 'issues' | 'pull requests' | 'refs';

/** One row to write; without a value the row is deleted. */
export interface Change {
  readonly table: Table;
  readonly key: string;
  readonly value: string | undefined;
}

@injectable()
export class Store {
  readonly #tables = new Map<Table, Map<string, string>>();
  #revision = '';

  /** The digest of the last write. */
  get revision(): string {
    return this.#revision;
  }

  /** Rows by table. */
  get sizes(): ReadonlyMap<Table, number> {
    return new Map([...this.#tables].map(([name, rows]) => [name, rows.size]));
  }

  /** Writes all the changes together. */
  async apply(changes: readonly Change[]): Promise<void> {
    const digest = await webcrypto.subtle.digest('SHA-256', Buffer.from(JSON.stringify(changes)));
    for (const { table, key, value } of changes) {
      if (value === undefined) this.#rows(table).delete(key);
      else this.#rows(table).set(key, value);
    }
    this.#revision = Buffer.from(digest).toString('hex');
  }

  #rows(table: Table): Map<string, string> {
    const rows = this.#tables.get(table) ?? new Map<string, string>();
    this.#tables.set(table, rows);
    return rows;
  }
}
