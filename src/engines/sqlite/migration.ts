/** Makes the tables of a SQLite file apart from the start of an application. */
import { existsSync } from 'node:fs';
import { checkOptions, flag, needed, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, milliseconds } from '../../../decorators/duration.js';
import { realClock } from '../../dispatch/real-clock.js';
import type { MigrationReport } from '../migration-report.js';
import { engineTime } from '../options.js';
import { FileTrouble } from './file-trouble.js';
import { connect, filePath, openFile } from './open-file.js';
import { stepsFrom, VERSION, versionOf } from './schema.js';

/** Where the tables are made. */
export interface SqliteMigrationOptions {
  /** The path of the file, which is created if it does not exist. */
  readonly file: string;
  /** How long the migration waits for other processes. Default `'5s'`. */
  readonly patience?: Duration;
  /** Changes nothing, and creates no file; the report has the SQL that would be run. Default `false`. */
  readonly print?: boolean;
}

const MIGRATION: OptionShape<SqliteMigrationOptions> = /* @__PURE__ */ (() => ({
  file: needed(filePath()),
  patience: engineTime(),
  print: flag(),
}))();

/**
 * Makes the tables of queues in a SQLite file where they are missing, and changes those of an earlier version. A start does the same. It is
 * safe to run it while applications work, and to run it again.
 *
 * @returns what was found and what was done; with `print`, what would be done
 * @throws CarillonError (a rejection) `CAR7030` for options that are not valid, `CAR7031` for a file of a later version or of another program,
 * `CAR5018` when it is locked for longer than the patience, or cannot be written
 * @example
 * await migrate({ file: 'queues.db' });
 */
export async function migrate(options: SqliteMigrationOptions): Promise<MigrationReport> {
  checkOptions('CAR7030', 'migrate()', MIGRATION, options);
  const { file, patience = 5000, print = false } = options;
  const from = versionOfFile(file, milliseconds(patience));
  const isNeeded = from !== VERSION;
  const isChanged = isNeeded && !print;
  if (isChanged) {
    const place = { queue: file, clock: realClock, patience: milliseconds(patience) };
    (await openFile(file, place)).database.close();
  }
  const sql = isNeeded ? migrationSql(from) : '';
  return { engine: 'sqlite', from, to: VERSION, isChanged, sql };
}

/** The modes of a new file cannot be set within a transaction. */
function migrationSql(from: number): string {
  const modes = from === 0 ? 'PRAGMA auto_vacuum = INCREMENTAL;\nPRAGMA journal_mode = WAL;\n' : '';
  return `${modes}BEGIN IMMEDIATE;\n${stepsFrom(from)}COMMIT;\n`;
}

function versionOfFile(file: string, patience: number): number {
  if (!existsSync(file)) return 0;
  return new FileTrouble(file, patience).told(() => {
    const database = connect(file, { readonly: true, timeout: patience });
    try {
      return versionOf(database, file);
    } finally {
      database.close();
    }
  });
}
