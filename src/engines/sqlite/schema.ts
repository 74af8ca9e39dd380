/** The tables of the queues in a SQLite file. Times are milliseconds since 1970. */
import type Database from 'libsql';

/**
 * The states of a message: `waiting`; `delayed` until `due`; `active` at `owner` until `due`, unless the lease is renewed; `done` or `dead`
 * since `due`. `given` counts its deliveries: with `owner` it tells one delivery from the next. The body has a table of its own because
 * SQLite rewrites the whole row at each change.
 */
// SQLite uses a partial index only for queries with the same condition.
const TABLES = `
  CREATE TABLE IF NOT EXISTS carillon_message (
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
  CREATE TABLE IF NOT EXISTS carillon_body (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TRIGGER IF NOT EXISTS carillon_body_gone AFTER DELETE ON carillon_message
    BEGIN DELETE FROM carillon_body WHERE seq = old.seq; END;
  CREATE INDEX IF NOT EXISTS carillon_message_waiting ON carillon_message (queue, priority DESC, seq) WHERE state = 'waiting';
  CREATE INDEX IF NOT EXISTS carillon_message_due ON carillon_message (queue, due) WHERE state IN ('delayed', 'active');
  CREATE INDEX IF NOT EXISTS carillon_message_done ON carillon_message (queue, due) WHERE state = 'done';
  CREATE INDEX IF NOT EXISTS carillon_message_dead ON carillon_message (queue, due) WHERE state = 'dead';
  CREATE INDEX IF NOT EXISTS carillon_message_key ON carillon_message (queue, ordering_key, seq)
    WHERE ordering_key IS NOT NULL AND state IN ('waiting', 'delayed', 'active');
  CREATE TABLE IF NOT EXISTS carillon_remembered (
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (queue, kind, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS carillon_remembered_until ON carillon_remembered (until);
  CREATE TABLE IF NOT EXISTS carillon_begun (queue TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS carillon_begun_at ON carillon_begun (queue, at);
`;

/** A commit returns when it is on the disk; readers do not wait for writers. */
export function prepareFile(database: Database.Database): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('BEGIN IMMEDIATE');
  database.exec(TABLES);
  database.exec('COMMIT');
}
