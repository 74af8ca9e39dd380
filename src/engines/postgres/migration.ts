/** Makes the tables, apart from the start of an application or as a part of it. */
import type { PoolConfig } from 'pg';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { checkOptions, flag, needed, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../../decorators/duration.js';
import type { MigrationReport } from '../migration-report.js';
import { address, clientOptions, engineTime } from '../options.js';
import { Connections } from './connections.js';
import { FUNCTIONS } from './lane-functions.js';
import { type PostgresError, withoutSecrets } from './postgres-error.js';
import type { RunSql } from './run-sql.js';
import { IN_HAND, TABLES, VERSION, WORKERS } from './schema.js';

/** Where the tables are made. */
export interface PostgresMigrationOptions {
  /** `postgres://user:password@host:port/database`, of a role that may create tables. */
  readonly url: string;
  /** Further options of the client, such as TLS or a `search_path` in its `options`. */
  readonly connection?: PoolConfig;
  /** How long the migration waits for locks of others, and for each answer of the server. Default `'5s'`. */
  readonly patience?: Duration;
  /** Changes nothing; the report has the SQL that would be run. Default `false`. */
  readonly print?: boolean;
}

const MIGRATION: OptionShape<PostgresMigrationOptions> = /* @__PURE__ */ (() => ({
  url: needed(address('postgres://127.0.0.1/shop')),
  connection: clientOptions(),
  patience: engineTime(),
  print: flag(),
}))();

/** What leads to each version from the one before; the last one makes the functions. A step changes nothing that a program of the version before needs. */
const STEPS = [
  `CREATE TABLE carillon_version (version int NOT NULL);
INSERT INTO carillon_version (version) VALUES (1);${TABLES}`,
  `${WORKERS}
UPDATE carillon_version SET version = 2;`,
  // Its functions are made by the last step.
  'UPDATE carillon_version SET version = 3;',
  `${IN_HAND}${FUNCTIONS}
UPDATE carillon_version SET version = 4;`,
];

/** The condition in SQL that the tables are of a version, of which 0 is none: the next step is still to be taken. */
function conditionAt(version: number): string {
  return version === 0
    ? `to_regclass('carillon_version') IS NULL`
    : `(SELECT version FROM carillon_version) = ${version}`;
}

/**
 * The migration as SQL, for a tool that runs migrations. It may be run again: what is there is left alone.
 *
 * @example
 * writeFileSync('migrations/carillon.sql', migrationSql());
 */
export function migrationSql(): string {
  const steps = STEPS.map((step, version) => `IF ${conditionAt(version)} THEN\n${step}\nEND IF;`);
  return `BEGIN;
SET LOCAL lock_timeout = '3s';
SELECT pg_advisory_xact_lock(hashtext('carillon'));
DO $migration$ BEGIN
${steps.join('\n')}
END $migration$;
COMMIT;
`;
}

/**
 * Makes the tables and functions of queues and buses in PostgreSQL where they are missing, and changes those of an earlier version. It is safe
 * to run it while applications work, and to run it again.
 *
 * @returns what was found and what was done; with `print`, what would be done
 * @throws CarillonError (a rejection) `CAR7030` for options that are not valid, `CAR7031` when the tables cannot be made
 * @example
 * await migrate({ url: 'postgres://owner:secret@127.0.0.1/shop' });
 * console.log((await migrate({ url: 'postgres://127.0.0.1/shop', print: true })).sql);
 */
export async function migrate(options: PostgresMigrationOptions): Promise<MigrationReport> {
  checkOptions('CAR7030', 'migrate()', MIGRATION, options);
  const { url, connection, patience = 5000, print = false } = options;
  const connections = new Connections({
    url,
    connection: { ...connection, max: 1 },
    patience: milliseconds(patience),
  });
  const run = connections.script();
  try {
    const from = (await versionOf(run)) ?? 0;
    const isNeeded = from !== VERSION;
    const isChanged = isNeeded && !print;
    if (isChanged) await makeTables(run);
    const sql = isNeeded ? migrationSql() : '';
    return { engine: 'postgres', from, to: VERSION, isChanged, sql };
  } catch (error) {
    throw error instanceof CarillonError ? error : migrationError(error as PostgresError);
  } finally {
    await connections.close();
  }
}

/**
 * Looks whether the tables are there, which takes no lock; makes them where that is asked for.
 *
 * @throws CarillonError (a rejection) `CAR7031` when they are not there, or are of another version
 */
export async function prepareTables(run: RunSql, make: 'make' | 'look'): Promise<void> {
  const version = await versionOf(run);
  if (version === VERSION) return;
  if (make === 'look') throw missingError(version);
  try {
    await makeTables(run);
  } catch (error) {
    const { code } = error as PostgresError;
    // Whoever may not create tables, and a lock that another one has for long.
    throw code === '42501' || code === '55P03' ? migrationError(error as PostgresError) : error;
  }
}

function missingError(version: number | undefined): CarillonError {
  const found =
    version === undefined
      ? 'PostgreSQL has no tables of Carillon in the search_path of this role'
      : `The tables of Carillon in PostgreSQL have version ${version}, and this release works with version ${VERSION}`;
  return new CarillonError(
    'CAR7031',
    `${found}, and migrate is false. Run migrate() of carillon/postgres first.`,
  );
}

/** `undefined` where nothing is there. An earlier one can be migrated. */
async function versionOf(run: RunSql): Promise<number | undefined> {
  const [found] = await run<{ version: string | null; unversioned: string | null }>(
    `SELECT to_regclass('carillon_version')::text AS version, to_regclass('carillon_message')::text AS unversioned`,
    [],
  );
  if (found?.version == null) {
    if (found?.unversioned == null) return undefined;
    throw new CarillonError(
      'CAR7031',
      'PostgreSQL has tables of Carillon of a version before the first. They cannot be migrated: drop them, or run migrate() of carillon/postgres on an empty schema.',
    );
  }
  const [row] = await run<{ version: number }>('SELECT version FROM carillon_version', []);
  const version = row?.version ?? 0;
  if (version >= 1 && version <= VERSION) return version;
  throw new CarillonError(
    'CAR7031',
    `The tables of Carillon in PostgreSQL have version ${row?.version}, and this release works with version ${VERSION}. Run migrate() of the newer release, and update the program.`,
  );
}

/** Several statements in one request, so that no transaction stays open when the connection is lost. */
async function makeTables(run: RunSql): Promise<void> {
  await run(migrationSql(), []);
}

function migrationError(error: PostgresError): CarillonError {
  return new CarillonError(
    'CAR7031',
    `The tables of Carillon could not be made in PostgreSQL: ${error.message}. Run migrate() of carillon/postgres with a role that may create tables, and see the cause.`,
    { cause: withoutSecrets(error) },
  );
}
