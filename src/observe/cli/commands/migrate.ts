/** `carillon migrate`: makes the tables of queues and buses, apart from the start of the program. */
import { defineCommand } from 'citty';
import { CommandError, cannotLoad, wrongUsage } from '../command-error.js';
import { processConsole } from '../console.js';
import { FINDINGS } from '../exit-codes.js';

/** What each engine with tables exports as `migrate`; engines are loaded by their entries, when they are asked for. */
interface Engine<Options> {
  migrate(options: Options & { readonly print: boolean }): Promise<MigrationReport>;
  /** All of it, for a database without any table. */
  migrationSql?(): string;
}

/** As the engines report it. */
interface MigrationReport {
  readonly engine: string;
  readonly from: number;
  readonly to: number;
  readonly isChanged: boolean;
  readonly sql: string;
}

export const migrate = defineCommand({
  meta: {
    name: 'migrate',
    description: 'Make or change the tables of queues and buses in PostgreSQL or in a SQLite file',
  },
  args: {
    url: {
      type: 'string',
      description: 'A database of PostgreSQL; default the variable DATABASE_URL',
      valueHint: 'postgres://…',
    },
    file: { type: 'string', description: 'A SQLite file', valueHint: 'queues.db' },
    'dry-run': {
      type: 'boolean',
      description:
        'Print the SQL that is missing there, or all of it without a database; do nothing',
      default: false,
    },
    json: { type: 'boolean', description: 'Print JSON, for programs', default: false },
  },
  async run({ args }) {
    const console = processConsole();
    const print = args['dry-run'];
    if (args.file !== undefined && args.url !== undefined)
      throw wrongUsage('--url and --file were given. Give one of them.');
    const report = await reported(() =>
      args.file === undefined
        ? inPostgres(args.url ?? process.env['DATABASE_URL'], print)
        : inFile(args.file, print),
    );
    if (args.json) console.json(report);
    else if (print) console.text(report.sql.trimEnd());
    else if (report.isChanged)
      console.text(`The tables are of version ${report.to} now; they were of ${report.from}.`);
    else console.text(`The tables are there, of version ${report.to}.`);
  },
});

async function inPostgres(url: string | undefined, print: boolean) {
  // Before the engine is loaded: whoever has named no database may not have its client either.
  const address = addressOf(url);
  if (address === undefined && !print)
    throw wrongUsage(
      'No database was named. Give --url postgres://user@host/database, set DATABASE_URL, or give --file queues.db for SQLite.',
    );
  const engine = await load<{ readonly url: string }>('carillon/postgres', 'pg');
  // For a tool that runs migrations, where the database is not at hand.
  if (address === undefined) return wholeMigration(engine.migrationSql?.() ?? '');
  return engine.migrate({ url: address, print });
}

function addressOf(url: string | undefined): string | undefined {
  if (url === undefined || url === '') return undefined;
  // Not shown: it may hold a password.
  if (!/^postgres(ql)?:\/\/./.test(url))
    throw wrongUsage('The address is not one of PostgreSQL. Give postgres://user@host/database.');
  return url;
}

async function inFile(file: string, print: boolean) {
  const engine = await load<{ readonly file: string }>('carillon/sqlite', 'libsql');
  return engine.migrate({ file, print });
}

function wholeMigration(sql: string): MigrationReport {
  return { engine: 'postgres', from: 0, to: 0, isChanged: false, sql };
}

/** What an engine refuses is a finding; options that are wrong are a wrong call. */
async function reported<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code, message } = error as CommandError;
    if (code === 'CAR7030') throw wrongUsage(message.replace(/^CAR7030: /, ''));
    process.exitCode = FINDINGS;
    throw code === undefined ? error : failed(error as CommandError);
  }
}

/** With an exit code of its own. */
function failed(error: CommandError): CommandError {
  return new CommandError(FINDINGS, error.code, error.message.replace(/^CAR\d+: /, ''), {
    cause: error.cause,
  });
}

/** @param client what has to be installed for it */
async function load<Options>(entry: string, client: string): Promise<Engine<Options>> {
  try {
    return (await import(entry)) as Engine<Options>;
  } catch (cause) {
    throw notLoaded(entry, client, cause);
  }
}

function notLoaded(entry: string, client: string, cause: unknown): CommandError {
  const { code, message } = cause as { readonly code?: string; readonly message: string };
  // What is merely not installed is no fault to look into.
  if (code?.endsWith('MODULE_NOT_FOUND') === true && message.includes(`'${client}'`))
    return cannotLoad(
      `${entry} needs ${client}, which is not installed. Install it: npm install ${client}.`,
    );
  return cannotLoad(`${entry} could not be loaded. See the cause.`, cause);
}
