/** Runs statements on a pool, or on a transaction of pg, Kysely or TypeORM. */
import type { Pool } from 'pg';
import { CarillonError } from '../../../decorators/carillon-error.js';

/** Runs a statement and returns its rows. */
export type RunSql = <Row>(sql: string, values: readonly unknown[]) => Promise<Row[]>;

/** `pg` returns an object with the rows, TypeORM the rows. */
interface Queryable {
  query(sql: string, values: unknown[]): Promise<{ readonly rows: unknown[] } | unknown[]>;
}

interface KyselyTransaction {
  readonly isTransaction: boolean;
  executeQuery(query: object): Promise<{ readonly rows: unknown[] }>;
}

export function sqlOf(database: Queryable): RunSql {
  return async <Row>(sql: string, values: readonly unknown[]) => {
    const result = await database.query(sql, [...values]);
    return (Array.isArray(result) ? result : result.rows) as Row[];
  };
}

/** For a small number of texts: each connection prepares each of them once. */
export function preparedSql(pool: Pool): RunSql {
  const names = new Map<string, string>();
  return async <Row>(text: string, values: readonly unknown[]) => {
    const name = names.get(text) ?? `carillon_${names.size}`;
    names.set(text, name);
    return (await pool.query({ name, text, values: [...values] })).rows as Row[];
  };
}

/** @throws CarillonError `CAR5050` for a value that is not a transaction of a known kind */
export function transactionSql(transaction: unknown, queue: string): RunSql {
  const { query, executeQuery, isTransaction } = (transaction ?? {}) as Partial<
    Queryable & KyselyTransaction
  >;
  if (executeQuery !== undefined && isTransaction === true)
    return kyselySql(transaction as KyselyTransaction);
  if (query !== undefined && !('totalCount' in (transaction as object)))
    return sqlOf(transaction as Queryable);
  throw new CarillonError(
    'CAR5050',
    `A message for queue "${queue}" on postgres was deferred within something that is no transaction. Give a client of pg after its BEGIN, a transaction of Kysely, or an EntityManager of TypeORM.`,
  );
}

function kyselySql(transaction: KyselyTransaction): RunSql {
  return async <Row>(sql: string, values: readonly unknown[]) => {
    const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] };
    const { rows } = await transaction.executeQuery({
      query,
      sql,
      parameters: values,
      queryId: { queryId: 'carillon' },
    });
    return rows as Row[];
  };
}
