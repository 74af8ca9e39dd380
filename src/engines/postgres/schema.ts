/** The tables of the queues and of the bus in PostgreSQL. Times are milliseconds since 1970 on the server's clock. */

/** The current time of the server. */
export const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/**
 * The states of a message: `waiting`; `delayed` until `due`; `active` at `owner` until `due`, unless the lease is renewed; `done` or `dead`
 * since `due`. `given` counts its deliveries. The lock is for processes that start at the same time.
 */
export const TABLES = `
  BEGIN;
  SELECT pg_advisory_xact_lock(hashtext('carillon'));
  CREATE TABLE IF NOT EXISTS carillon_message (
    seq bigserial PRIMARY KEY,
    id text NOT NULL UNIQUE,
    queue text NOT NULL,
    handler text,
    event text NOT NULL,
    body text NOT NULL,
    state text NOT NULL,
    due bigint NOT NULL,
    priority float NOT NULL,
    ordering_key text,
    expires bigint,
    attempt int NOT NULL DEFAULT 0,
    given int NOT NULL DEFAULT 0,
    owner text,
    progress float NOT NULL DEFAULT 0,
    log text[] NOT NULL DEFAULT '{}',
    reason text,
    failure json,
    enqueued bigint NOT NULL
  );
  CREATE INDEX IF NOT EXISTS carillon_message_waiting ON carillon_message (queue, priority DESC, seq) WHERE state = 'waiting';
  CREATE INDEX IF NOT EXISTS carillon_message_due ON carillon_message (queue, due) WHERE state IN ('delayed', 'active');
  CREATE INDEX IF NOT EXISTS carillon_message_ended ON carillon_message (queue, state, due) WHERE state IN ('done', 'dead');
  CREATE INDEX IF NOT EXISTS carillon_message_key ON carillon_message (queue, ordering_key, seq)
    WHERE ordering_key IS NOT NULL AND state IN ('waiting', 'delayed', 'active');
  CREATE TABLE IF NOT EXISTS carillon_remembered (
    queue text NOT NULL, kind text NOT NULL, key text NOT NULL, until bigint NOT NULL, PRIMARY KEY (queue, kind, key)
  );
  CREATE INDEX IF NOT EXISTS carillon_remembered_until ON carillon_remembered (until);
  COMMIT;
`;

/** `matches` is a pattern as a regular expression. A copy is one message for one group; its owner has it until `until`. */
export const BUS_TABLES = `
  BEGIN;
  SELECT pg_advisory_xact_lock(hashtext('carillon'));
  CREATE TABLE IF NOT EXISTS carillon_bus_message (
    seq bigserial PRIMARY KEY, topic text NOT NULL, event text NOT NULL, published bigint NOT NULL
  );
  CREATE INDEX IF NOT EXISTS carillon_bus_message_published ON carillon_bus_message (published);
  CREATE TABLE IF NOT EXISTS carillon_bus_group (
    name text PRIMARY KEY, topic text NOT NULL, matches text, seen bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS carillon_bus_copy (
    group_name text NOT NULL, seq bigint NOT NULL, owner text, until bigint NOT NULL DEFAULT 0, given int NOT NULL DEFAULT 0,
    PRIMARY KEY (group_name, seq)
  );
  CREATE INDEX IF NOT EXISTS carillon_bus_copy_seq ON carillon_bus_copy (seq);
  COMMIT;
`;
