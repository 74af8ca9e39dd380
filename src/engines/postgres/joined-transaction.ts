/**
 * A transaction of the caller's, in a client of pg, of Kysely, of Drizzle, of TypeORM, of Knex or of MikroORM. No client tells whether it is in a transaction, and
 * in whose: one that was given back to its pool may be in another request's. So the server is asked: a transaction that is joined gets a mark, which ends with it.
 */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { withoutSecrets } from './postgres-error.js';
import { type Queryable, type RunSql, rowsOf, sqlOf } from './run-sql.js';

interface KyselyTransaction {
  readonly isTransaction: boolean;
  executeQuery(query: object): Promise<{ readonly rows: unknown[] }>;
}

/** A database of Drizzle has no `nestedIndex`. */
interface DrizzleTransaction {
  execute(query: object): PromiseLike<{ readonly rows: unknown[] } | unknown[]>;
  readonly nestedIndex: number;
}

/** Its errors have all values in their texts, so statements go past it: to the client of pg that its transaction has. */
interface KnexTransaction {
  readonly isTransaction: boolean;
  readonly client: { acquireConnection(): Promise<Queryable> };
}

/** Its transaction is one of Kysely, or in older versions one of Knex. */
interface MikroManager {
  getTransactionContext(): unknown;
}

/** What is no transaction, although it has a method `query`. */
interface NoTransaction {
  /** Of a pool of pg. */
  readonly totalCount: unknown;
  /** Of Sequelize, whose values come in another way. */
  readonly getQueryInterface: unknown;
}

/** The setting that has the marks of all handles of a transaction. */
const MARKS = `current_setting('carillon.within', true)`;

/** As many marks as are kept; earlier handles know the number of their transaction by then. */
const LONGEST = 60_000;

/** The mark does not outlast the transaction; its number is needed where the mark went with a savepoint that was rolled back. */
const JOIN = `SELECT set_config('carillon.within', right(coalesce(${MARKS}, '') || $1, ${LONGEST}), true), txid_current()::text AS number`;

/** Marks of one process, and of several. */
const PROCESS = globalThis.crypto.randomUUID().slice(0, 8);
let marks = 0;

export class JoinedTransaction {
  readonly #run: RunSql | undefined;
  readonly #mark: string;
  #number: string | null = null;

  /** Asks the server at once: a send in the same turn comes before what the caller does next with the transaction. */
  constructor(transaction: unknown) {
    marks += 1;
    this.#mark = `${PROCESS}.${marks};`;
    this.#run = runnerOf(transaction);
    this.#run?.<{ number: string }>(JOIN, [this.#mark]).then(
      ([row]) => {
        this.#number = row?.number ?? null;
      },
      // The next statement of the transaction fails as well, and has a caller.
      () => undefined,
    );
  }

  /** A condition that is true in this very transaction. */
  static guard(place: number): string {
    return `(strpos(${MARKS}, $${place}) > 0 OR txid_current_if_assigned() = $${place + 1}::bigint)`;
  }

  /** The values of {@link guard}. */
  get guardValues(): readonly (string | null)[] {
    return [this.#mark, this.#number];
  }

  /** @throws CarillonError `CAR5050` for a value that is not a transaction of a known kind */
  run(queue: string): RunSql {
    const run = this.#run;
    if (run === undefined)
      throw new CarillonError(
        'CAR5050',
        `A message for queue "${queue}" on postgres was deferred within something that is not a transaction. Give a client of pg after its BEGIN, a transaction of Kysely, Drizzle or Knex, an EntityManager of TypeORM or MikroORM within a transaction, or for any other client an object with query(sql, values) that runs in the transaction and resolves with its rows.`,
      );
    return async (sql, values) => {
      try {
        return await run(sql, values);
      } catch (error) {
        throw withoutSecrets(error);
      }
    };
  }
}

type Joinable = Queryable &
  KyselyTransaction &
  KnexTransaction &
  DrizzleTransaction &
  MikroManager &
  NoTransaction;

/** A pool or a database has connections, but no transaction. */
function runnerOf(transaction: unknown): RunSql | undefined {
  const found = (transaction ?? {}) as Joinable;
  // A method of MikroORM needs its object.
  if (typeof found.getTransactionContext === 'function')
    return runnerOf(found.getTransactionContext());
  const { query, executeQuery, execute, client, isTransaction, nestedIndex } = found;
  if (typeof executeQuery === 'function') return isTransaction ? kyselySql(found) : undefined;
  if (typeof client?.acquireConnection === 'function')
    return isTransaction ? knexSql(found) : undefined;
  if (typeof execute === 'function')
    return typeof nestedIndex === 'number' ? drizzleSql(found) : undefined;
  const isNone = found.totalCount !== undefined || found.getQueryInterface !== undefined;
  return typeof query !== 'function' || isNone ? undefined : sqlOf(found);
}

function knexSql({ client }: KnexTransaction): RunSql {
  return async (sql, values) => sqlOf(await client.acquireConnection())(sql, values);
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

/** Drizzle asks its own queries for their text in this way, and sends nothing before `then` is called. */
function drizzleSql(transaction: DrizzleTransaction): RunSql {
  return async <Row>(sql: string, values: readonly unknown[]) => {
    const query = {
      getSQL: () => query,
      toQuery: () => ({ sql, params: [...values] }),
    };
    const result = await new Promise<{ readonly rows: unknown[] } | unknown[]>(
      (resolve, reject) => void transaction.execute(query).then(resolve, reject),
    );
    return rowsOf(result) as Row[];
  };
}
