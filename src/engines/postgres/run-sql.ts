/** How statements are run, wherever that happens. */

/** Runs a statement and returns its rows. */
export type RunSql = <Row>(sql: string, values: readonly unknown[]) => Promise<Row[]>;

/** `pg` returns an object with the rows, TypeORM the rows. */
export interface Queryable {
  query(sql: string, values: unknown[]): Promise<{ readonly rows: unknown[] } | unknown[]>;
}

/** Sends the statement in the caller's turn. */
export function sqlOf(database: Queryable): RunSql {
  return async <Row>(sql: string, values: readonly unknown[]) => {
    return rowsOf(await database.query(sql, [...values])) as Row[];
  };
}

export function rowsOf(result: { readonly rows: unknown[] } | unknown[]): unknown[] {
  return Array.isArray(result) ? result : result.rows;
}

/** The server has no text with U+0000: what has one is not there. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}
