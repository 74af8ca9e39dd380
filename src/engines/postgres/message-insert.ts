/** The statement that stores messages: one, so that nothing is stored in part, and that a caller's transaction gets it in the caller's turn. */
import type { OutgoingMessage } from '../../queue/queue-provider.js';
import { arrayLiteral } from './array-literal.js';
import { JoinedTransaction } from './joined-transaction.js';
import { IS_UNTRIED, NOW } from './schema.js';

/** What the statement has to do beside storing messages. */
interface InsertParts {
  /** Some have ordering keys. */
  readonly isKeyed: boolean;
  /** Some have deduplication keys. */
  readonly isOnce: boolean;
  /** Only in a transaction of the caller's. */
  readonly isGuarded: boolean;
}

/** A row of the answer: there is none where the transaction is not open. */
export interface StoredRow {
  /** The ids that were stored, where some may be duplicates. */
  readonly ids: readonly string[] | null;
}

/** The columns of the messages, as the parameters from `$3` on. */
const COLUMNS = {
  id: 'text',
  handler: 'text',
  event: 'text',
  start: 'int',
  length: 'int',
  delay: 'bigint',
  priority: 'float8',
  ordering_key: 'text',
  ttl: 'bigint',
};

const FIRST_COLUMN = 3;
const DEDUP = FIRST_COLUMN + Object.keys(COLUMNS).length;

/**
 * A key that is remembered refuses its message; so does one whose time is over while its first message has not begun. Keys are taken in their
 * order: two senders never wait for each other.
 */
const FRESH = `, fresh AS (
  INSERT INTO carillon_remembered AS kept (queue, kind, key, until, message)
  SELECT $1, 'dedup', once.key, now + once.period, once.id
  FROM clock, unnest($${DEDUP}::text[], $${DEDUP + 1}::bigint[], $${DEDUP + 2}::text[]) AS once (key, period, id)
  ORDER BY once.key COLLATE "C"
  ON CONFLICT (queue, kind, key) DO UPDATE SET until = excluded.until, message = excluded.message
  WHERE kept.until <= ${NOW} AND NOT EXISTS (
    SELECT 1 FROM carillon_message WHERE id = kept.message AND ${IS_UNTRIED}
  )
  RETURNING message
)`;

/** One bell for each key that has something to do now. */
const BELLS = `, bells AS (
  INSERT INTO carillon_bell (queue, priority, seq, key, handler)
  SELECT $1, max(priority), min(seq), ordering_key, handler FROM stored
  WHERE ordering_key IS NOT NULL AND state = 'waiting' GROUP BY ordering_key, handler
)`;

const texts = new Map<string, string>();

/** The statement and its values. The workers are notified when it is committed. */
export function insertStatement(
  queue: string,
  messages: readonly OutgoingMessage[],
  joined: JoinedTransaction | undefined,
): { readonly text: string; readonly values: readonly unknown[] } {
  const once = messages.filter(({ dedup }) => dedup !== undefined);
  const parts = {
    isKeyed: messages.some(({ orderingKey }) => orderingKey !== undefined),
    isOnce: once.length > 0,
    isGuarded: joined !== undefined,
  };
  return {
    text: textOf(parts),
    values: [
      queue,
      Buffer.from(messages.map(({ body }) => body).join('')),
      ...columnsOf(messages).map(arrayLiteral),
      ...(parts.isOnce ? dedupOf(once).map(arrayLiteral) : []),
      ...(joined?.guardValues ?? []),
    ],
  };
}

function textOf(parts: InsertParts): string {
  const key = JSON.stringify(parts);
  const text = texts.get(key) ?? makeText(parts);
  texts.set(key, text);
  return text;
}

function makeText({ isKeyed, isOnce, isGuarded }: InsertParts): string {
  const types = Object.values(COLUMNS).map((type, index) => `$${FIRST_COLUMN + index}::${type}[]`);
  const guard = isGuarded ? ` WHERE ${JoinedTransaction.guard(isOnce ? DEDUP + 3 : DEDUP)}` : '';
  const once = isOnce
    ? `
  WHERE row.id <> ALL ($${DEDUP + 2}::text[]) OR row.id IN (SELECT message FROM fresh)`
    : '';
  const returned = isKeyed ? 'id, seq, priority, ordering_key, handler, state' : 'id';
  return `WITH clock AS MATERIALIZED (SELECT ${NOW} AS now${guard})${isOnce ? FRESH : ''}, stored AS (
  INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, expires, enqueued)
  SELECT row.id, $1, row.handler, row.event, convert_from(substring($2::bytea FROM row.start FOR row.length), 'UTF8'),
    CASE WHEN row.delay > 0 THEN 'delayed' ELSE 'waiting' END, now + row.delay, row.priority, row.ordering_key, now + row.ttl, now
  FROM clock, unnest(${types.join(', ')}) WITH ORDINALITY AS row (${Object.keys(COLUMNS).join(', ')}, n)${once}
  ORDER BY row.n RETURNING ${returned}
)${isKeyed ? BELLS : ''}
SELECT ${isOnce ? 'ARRAY(SELECT id FROM stored)' : 'NULL'} AS ids, pg_notify('carillon', $1)::text FROM clock`;
}

/** One array for each column. The bodies are joined bytes: as texts in an array they would be escaped, and read twice. */
function columnsOf(messages: readonly OutgoingMessage[]) {
  const lengths = messages.map(({ body }) => Buffer.byteLength(body));
  let next = 1;
  const starts = lengths.map((length) => {
    next += length;
    return next - length;
  });
  return [
    messages.map(({ id }) => id),
    messages.map(({ handler = '' }) => handler),
    messages.map(({ event }) => event),
    starts,
    lengths,
    messages.map(({ delay = 0 }) => Math.ceil(delay)),
    messages.map(({ priority = 0 }) => priority),
    messages.map(({ orderingKey }) => orderingKey),
    messages.map(({ ttl }) => (ttl === undefined ? undefined : Math.ceil(ttl))),
  ];
}

function dedupOf(messages: readonly OutgoingMessage[]) {
  return [
    messages.map(({ dedup }) => dedup?.key),
    messages.map(({ dedup }) => Math.ceil(dedup?.window ?? 0)),
    messages.map(({ id }) => id),
  ];
}
