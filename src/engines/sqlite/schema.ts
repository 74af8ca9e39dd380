/** The tables of the queues in a SQLite file. Times are milliseconds since 1970. */
import type Database from 'libsql';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { PLACES } from './places.js';

/** The version of the tables, kept in the file as its `user_version`. A program refuses a file of any other version. */
export const VERSION = 3;

/** Bytes that are left of a write-ahead log that has grown larger, as soon as all of it is in the file. */
const LARGEST_LOG = 16 * 1024 * 1024;

/**
 * The states of a message: `waiting` to be claimed; `behind` another message of its ordering key; `delayed` until `due`; `held` until `due`, with
 * its ordering key, for its next attempt; `active` at `owner` until `due`, unless the lease is renewed; `done` or `dead` since `due`.
 *
 * **Of one queue, ordering key and handler at most one message is `waiting`, `held` or `active`**: the front of its lane. As long as one is
 * `behind`, the lane has a front. So a claim looks at no keys.
 *
 * `given` counts the deliveries of a message: with `owner` it tells one delivery from the next. The body has a table of its own because SQLite
 * rewrites the whole row at each change.
 */
// SQLite uses a partial index only where its condition is a term of the query, word for word.
const TABLES = `
  CREATE TABLE carillon_message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    handler TEXT,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    ordering_key TEXT,
    expires INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    given INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    progress REAL NOT NULL DEFAULT 0,
    log TEXT NOT NULL DEFAULT '[]',
    reason TEXT,
    failure TEXT,
    enqueued INTEGER NOT NULL
  );
  CREATE TABLE carillon_body (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TRIGGER carillon_body_gone AFTER DELETE ON carillon_message
    BEGIN DELETE FROM carillon_body WHERE seq = old.seq; END;
  CREATE INDEX carillon_message_waiting ON carillon_message (queue, priority DESC, seq) WHERE state = 'waiting';
  CREATE INDEX carillon_message_due ON carillon_message (queue, due) WHERE state IN ('delayed', 'held', 'active');
  CREATE INDEX carillon_message_done ON carillon_message (queue, due) WHERE state = 'done';
  CREATE INDEX carillon_message_dead ON carillon_message (queue, due) WHERE state = 'dead';
  CREATE INDEX carillon_message_front ON carillon_message (queue, ordering_key, handler)
    WHERE ordering_key IS NOT NULL AND state IN ('waiting', 'held', 'active');
  CREATE INDEX carillon_message_behind ON carillon_message (queue, ordering_key, handler, seq) WHERE state = 'behind';
  CREATE TABLE carillon_remembered (
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    until INTEGER NOT NULL,
    message TEXT,
    PRIMARY KEY (queue, kind, key)
  ) WITHOUT ROWID;
  CREATE INDEX carillon_remembered_until ON carillon_remembered (queue, until);
  CREATE TABLE carillon_begun (queue TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE INDEX carillon_begun_at ON carillon_begun (queue, at);
`;

/** Since version 2: who serves a queue, each until it says so again. */
const WORKERS = `
  CREATE TABLE carillon_worker (
    queue TEXT NOT NULL, owner TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (queue, owner)
  ) WITHOUT ROWID;
`;

/**
 * What leads to each version from the one before. A program of the version before goes on working; where an index is gone it is slower until it is
 * started again.
 */
const STEPS = [TABLES, WORKERS, PLACES];

/** The statements that lead from a version to that of this release. */
export function stepsFrom(version: number): string {
  return `${STEPS.slice(version).join('')}  PRAGMA user_version = ${VERSION};
`;
}

/**
 * Creates the tables in a new file, and changes those of an earlier version. A file of this version is only read. A commit returns when it is on
 * the disk; readers do not wait for writers.
 *
 * @throws CarillonError `CAR7031` for a file of a later version, or of another program
 */
export function prepareFile(database: Database.Database, path: string): void {
  database.exec('PRAGMA synchronous = FULL');
  database.exec(`PRAGMA journal_size_limit = ${LARGEST_LOG}`);
  const found = versionOf(database, path);
  if (found === VERSION) return;
  if (found === 0) {
    // What is deleted is given back to the system. This has to come before anything is written.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    database.exec('PRAGMA journal_mode = WAL');
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database, path);
    if (version !== VERSION) database.exec(stepsFrom(version));
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * 0 for a file without tables. An earlier version can be migrated.
 *
 * @throws CarillonError `CAR7031` for a file of a later version, or of another program
 */
export function versionOf(database: Database.Database, path: string): number {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
    user_version: number;
  };
  const table = database
    .prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'carillon_message'`)
    .get();
  if (table === undefined && version === 0) return 0;
  if (table !== undefined && version >= 1 && version <= VERSION) return version;
  throw table === undefined ? foreignError(path, version) : versionError(path, version);
}

function versionError(path: string, version: number): CarillonError {
  const which = version > VERSION ? 'a newer version' : 'an unfinished version';
  return new CarillonError(
    'CAR7031',
    `The tables of "${path}" have version ${version}, and this program knows version ${VERSION}: ${which} of Carillon made them. Install that version, or give this program a file of its own.`,
  );
}

function foreignError(path: string, version: number): CarillonError {
  return new CarillonError(
    'CAR7031',
    `The file "${path}" is another program's: it has the user_version ${version} and none of the tables of Carillon. Give queues a file of their own.`,
  );
}
