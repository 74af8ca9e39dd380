/** The tables of the queues and of the bus in PostgreSQL. Times are milliseconds since 1970 on the server's clock. */

/** The current time of the server. */
export const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** What a table `carillon_version` says of the tables below. A change of them is a new version, and a step of the migration. */
export const VERSION = 4;

/** Of a message: it has not been attempted, although a worker may have it in hand. Its deduplication id is remembered meanwhile. */
export const IS_UNTRIED = `(state IN ('waiting', 'delayed') AND attempt = 0 OR state = 'active' AND attempt = 1)`;

/** Names are compared as bytes: an order of a language costs more, and differs between servers. */
const NAME = 'text COLLATE "C" NOT NULL';

/**
 * When the server cleans a table up. An index keeps the entries of dead rows until then, and a claim reads over them; the server's own rule lets a
 * fifth of a table be dead, however large it is, and leaves the indexes alone where few pages have dead rows.
 */
const CLEANED = (rows: number, share: number) =>
  `autovacuum_vacuum_threshold = ${rows}, autovacuum_vacuum_scale_factor = ${share}, vacuum_index_cleanup = on`;

/**
 * Messages. The states: `waiting`; `delayed` until `due`; `active` at `owner` until `due`, unless the lease is renewed; `done` or `dead` since
 * `due`. `given` counts the deliveries. A message without a handler has an empty one.
 */
const MESSAGES = `
CREATE TABLE carillon_message (
  seq bigserial PRIMARY KEY,
  id ${NAME} UNIQUE,
  queue ${NAME},
  handler ${NAME},
  event text NOT NULL,
  body text NOT NULL,
  state text NOT NULL,
  due bigint NOT NULL,
  priority float8 NOT NULL,
  ordering_key text COLLATE "C",
  expires bigint,
  attempt int NOT NULL DEFAULT 0,
  given int NOT NULL DEFAULT 0,
  owner text,
  progress float8 NOT NULL DEFAULT 0,
  log text[] NOT NULL DEFAULT '{}',
  reason text,
  failure json,
  enqueued bigint NOT NULL
) WITH (${CLEANED(5000, 0.001)});
CREATE INDEX carillon_message_waiting ON carillon_message (queue, priority DESC, seq)
  WHERE state = 'waiting' AND ordering_key IS NULL;
CREATE INDEX carillon_message_lane ON carillon_message (queue, ordering_key, handler, seq)
  WHERE state = 'waiting' AND ordering_key IS NOT NULL;
CREATE INDEX carillon_message_due ON carillon_message (queue, due) WHERE state IN ('delayed', 'active');
CREATE INDEX carillon_message_ended ON carillon_message (queue, state, due) WHERE state IN ('done', 'dead');
CREATE TABLE carillon_remembered (
  queue ${NAME}, kind text COLLATE "C" NOT NULL, key ${NAME}, until bigint NOT NULL, message text COLLATE "C",
  PRIMARY KEY (queue, kind, key)
);
CREATE INDEX carillon_remembered_until ON carillon_remembered (until);`;

/**
 * The ordering keys. A lane is a key of a handler of which something is visible: its `head`, the first message that waits, may be claimed unless
 * there is a `holder`, a message in progress or one that holds the others back until its next attempt. Lanes are written by workers alone, in
 * short transactions, so that no transaction of a sender makes anybody wait. A sender rings a bell; a worker answers it by looking for the head.
 *
 * Who needs a lane and a message locks the lane first; who locks several lanes waits for none of them.
 */
const LANES = `
CREATE TABLE carillon_lane (
  queue ${NAME}, key ${NAME}, handler ${NAME}, head bigint, priority float8 NOT NULL DEFAULT 0, holder bigint,
  PRIMARY KEY (queue, key, handler)
) WITH (fillfactor = 70, ${CLEANED(500, 0)});
CREATE INDEX carillon_lane_free ON carillon_lane (queue, priority DESC, head) WHERE holder IS NULL AND head IS NOT NULL;
CREATE TABLE carillon_bell (
  queue ${NAME}, priority float8 NOT NULL, seq bigint NOT NULL, key ${NAME}, handler ${NAME}
) WITH (${CLEANED(500, 0)});
CREATE INDEX carillon_bell_first ON carillon_bell (queue, priority DESC, seq);`;

/** `matches` is a pattern as a regular expression. A copy is one message for one group; its owner has it until `until`. */
const BUS = `
CREATE TABLE carillon_bus_message (
  seq bigserial PRIMARY KEY, topic text NOT NULL, event text NOT NULL, published bigint NOT NULL
);
CREATE INDEX carillon_bus_message_published ON carillon_bus_message (published);
CREATE TABLE carillon_bus_group (
  name text PRIMARY KEY, topic text NOT NULL, matches text, seen bigint NOT NULL
);
CREATE TABLE carillon_bus_copy (
  group_name text NOT NULL, seq bigint NOT NULL, owner text, until bigint NOT NULL DEFAULT 0, given int NOT NULL DEFAULT 0,
  PRIMARY KEY (group_name, seq)
);
CREATE INDEX carillon_bus_copy_seq ON carillon_bus_copy (seq);`;

/** The statements that make the tables of version 1. */
export const TABLES = `${MESSAGES}${LANES}${BUS}`;

/** Since version 2: the programs that serve a queue, each as long as it says so again before `until`. */
export const WORKERS = `
CREATE TABLE carillon_worker (queue ${NAME}, owner ${NAME}, until bigint NOT NULL, PRIMARY KEY (queue, owner));`;

/** Since version 4: the messages of a lane that its worker was given at once, itself the first; null where that is one. */
export const IN_HAND = `
ALTER TABLE carillon_lane ADD COLUMN in_hand bigint[];`;
