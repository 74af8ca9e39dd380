/** The steps of a worker that take several statements: as functions of the server, each is one request. */
import { NOW } from './schema.js';

/**
 * The plan of a statement is kept from when its table was empty, and a plan for an empty table reads all of it. Each of these statements has an
 * index that is right at any size, and one plan is right for all its values: making it takes longer than running it.
 */
const PLANNER = [
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material'].map(
    (method) => `SET enable_${method} = off`,
  ),
  'SET plan_cache_mode = force_generic_plan',
].join(' ');

interface SqlFunction {
  /** The name with its parameters. */
  readonly head: string;
  readonly returns: string;
  readonly body: string;
  readonly settings?: string;
}

function createFunction({ head, returns, body, settings = PLANNER }: SqlFunction): string {
  return `
CREATE OR REPLACE FUNCTION ${head} RETURNS ${returns} LANGUAGE plpgsql ${settings} AS $carillon$
#variable_conflict use_column
${body}
$carillon$;`;
}

/** A step of other functions has their settings. */
const CALLED = '';

/** A statement has to see what others have committed before it began, which later isolation levels forbid. */
const READS_COMMITTED = `
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'workers of carillon need transactions that read committed rows';
  END IF;`;

/** How many bells a claim answers at least where there are priorities: a bell has the highest of its key, and the first message may have a lower one. */
const RANKED = 20;

/** Names the bells of one queue among the locks of the server. Who answers many of them has it; a claim only looks whether it is free. Nobody waits. */
const BELLS_OF_QUEUE = `'carillon_bell'::regclass::oid::int, hashtext(p_queue)`;

/** Of each key the first bell and the highest priority. */
const RING = (source: string) => `
    INSERT INTO carillon_bell (queue, priority, seq, key, handler)
    SELECT p_queue, max(priority), min(seq), ordering_key, handler FROM ${source}
    WHERE ordering_key IS NOT NULL GROUP BY ordering_key, handler`;

/** The first message of a lane that may be claimed. */
const HEAD = (key: string, handler: string) => `
      SELECT seq, priority FROM carillon_message
      WHERE queue = p_queue AND ordering_key = ${key} AND handler = ${handler} AND state = 'waiting' ORDER BY seq LIMIT 1`;

/** The lane of a key, by its primary key. */
const LANE = (columns: string, lane: string) => `
      SELECT ${columns} FROM carillon_lane AS lane
      WHERE lane.queue = p_queue AND lane.key = ${lane}.key AND lane.handler = ${lane}.handler`;

/**
 * Answers the first bells, and tells how many, and whether there are no others: behind them, or left to another worker. A lane that is missing is made with the head that is visible: what is committed
 * later has a bell of its own. In one that is there, the head is looked for once it is locked, by a statement that sees what was committed before.
 * Nobody waits for a lane that another worker has locked: its bell stays.
 */
const ANSWER = createFunction({
  head: 'carillon_answer_2(p_queue text, p_most int, OUT answered int, OUT is_over boolean)',
  returns: 'record',
  settings: CALLED,
  body: `DECLARE
  bells tid[];
  gone tid[];
  places tid[];
  keys text[];
  handlers text[];
BEGIN
  SELECT array_agg(place), array_agg(key), array_agg(handler) INTO bells, keys, handlers FROM (
    SELECT ctid AS place, key, handler FROM carillon_bell WHERE queue = p_queue ORDER BY priority DESC, seq LIMIT p_most FOR UPDATE SKIP LOCKED
  ) AS bell;
  answered := 0;
  is_over := false;
  IF bells IS NULL THEN RETURN; END IF;
  WITH bell AS MATERIALIZED (
    SELECT place, key COLLATE "C" AS key, handler COLLATE "C" AS handler FROM unnest(bells, keys, handlers) AS bell (place, key, handler)
  ), rung AS MATERIALIZED (
    SELECT key, handler, array_agg(place) AS bells FROM bell GROUP BY key, handler
  ), locked AS MATERIALIZED (
    SELECT rung.*, lane.place FROM rung CROSS JOIN LATERAL (${LANE('lane.ctid AS place', 'rung')} FOR UPDATE SKIP LOCKED
    ) AS lane
  ), missing AS MATERIALIZED (
    SELECT rung.*, first.seq, first.priority FROM rung LEFT JOIN LATERAL (${HEAD('rung.key', 'rung.handler')}
    ) AS first ON true WHERE (${LANE('true', 'rung')}) IS NULL
  ), made AS (
    INSERT INTO carillon_lane (queue, key, handler, head, priority)
    SELECT p_queue, key, handler, seq, priority FROM missing WHERE seq IS NOT NULL
    ORDER BY key, handler ON CONFLICT DO NOTHING RETURNING key, handler
  ), settled AS (
    SELECT bells FROM locked
    UNION ALL SELECT bells FROM missing WHERE seq IS NULL OR (key, handler) IN (SELECT key, handler FROM made)
  )
  SELECT (SELECT array_agg(place) FROM settled, unnest(settled.bells) AS place),
    (SELECT array_agg(place) FROM locked), (SELECT array_agg(key) FROM locked), (SELECT array_agg(handler) FROM locked)
  INTO gone, places, keys, handlers;
  DELETE FROM carillon_bell WHERE ctid = ANY (gone);
  IF places IS NOT NULL THEN
    WITH free AS MATERIALIZED (
      SELECT own.place, first.seq, first.priority FROM unnest(places, keys, handlers) AS own (place, key, handler)
      CROSS JOIN LATERAL (SELECT holder, in_hand FROM carillon_lane AS lane WHERE lane.ctid = own.place) AS lane
      LEFT JOIN LATERAL (${HEAD('own.key', 'own.handler')}
      ) AS first ON true
      WHERE NOT coalesce((
        SELECT held.state IN ('active', 'delayed') FROM carillon_message AS held WHERE held.seq = lane.holder
      ), false) AND (
        SELECT min(held.seq) FROM carillon_message AS held WHERE held.seq = ANY (lane.in_hand) AND held.state = 'active'
      ) IS NULL
    ), over AS (
      DELETE FROM carillon_lane WHERE ctid = ANY (ARRAY(SELECT place FROM free WHERE seq IS NULL))
    )
    UPDATE carillon_lane AS lane SET holder = NULL, in_hand = NULL, head = free.seq, priority = free.priority FROM free
    WHERE lane.ctid = free.place AND free.seq IS NOT NULL AND (lane.head IS DISTINCT FROM free.seq OR lane.holder IS NOT NULL);
  END IF;
  answered := coalesce(array_length(gone, 1), 0);
  is_over := array_length(bells, 1) = answered AND array_length(bells, 1) < p_most;
END`,
});

/** What is given out, as the rows of a claim. */
const GIVEN = (what: string) =>
  `${what}.seq, ${what}.id, ${what}.handler, ${what}.ordering_key, ${what}.body, ${what}.attempt, ${what}.given`;

/** A message that is given out. */
const TAKE = (seqs: string) => `
    UPDATE carillon_message AS message SET state = 'active', owner = p_owner, due = ${NOW} + p_lease,
      attempt = message.attempt + 1, given = message.given + 1
    WHERE message.seq = ANY (ARRAY(SELECT seq FROM ${seqs})) AND message.state = 'waiting'
    RETURNING ${GIVEN('message')}, message.expires <= ${NOW} AS expired, message.priority`;

/**
 * Those that follow a head which was given out, in equal shares, up to one that has been attempted, so that one that kills its worker is known by
 * its attempts, or whose time may be over before it begins. The lane is locked: nobody else gives out any of it.
 */
const FOLLOWERS = `, fresh AS MATERIALIZED (
    SELECT seq, ordering_key, handler FROM claimed WHERE ordering_key IS NOT NULL AND attempt = 1
  ), behind AS MATERIALIZED (
    SELECT next.seq FROM fresh CROSS JOIN LATERAL (
      SELECT follower.seq, bool_and(follower.attempt = 0 AND follower.expires IS NULL) OVER (ORDER BY follower.seq) AS is_fit FROM (
        SELECT seq, attempt, expires FROM carillon_message
        WHERE queue = p_queue AND ordering_key = fresh.ordering_key AND handler = fresh.handler AND state = 'waiting' AND seq > fresh.seq
        ORDER BY seq LIMIT p_behind / greatest(1, (SELECT count(*) FROM fresh))
      ) AS follower
    ) AS next WHERE next.is_fit
  ), followers AS (${TAKE('behind')}
  )`;

/** @param followers the statements that give them out, or none */
const GIVE_OUT = (followers: string) => `
  RETURN QUERY WITH single AS MATERIALIZED (
    SELECT seq, priority FROM carillon_message WHERE queue = p_queue AND state = 'waiting' AND ordering_key IS NULL
    ORDER BY priority DESC, seq LIMIT p_count FOR UPDATE SKIP LOCKED
  ), lane AS MATERIALIZED (
    SELECT head, priority, key, handler FROM carillon_lane WHERE queue = p_queue AND holder IS NULL AND head IS NOT NULL
    ORDER BY priority DESC, head LIMIT p_count FOR UPDATE SKIP LOCKED
  ), chosen AS MATERIALIZED (
    SELECT seq, priority, NULL::text COLLATE "C" AS ordering_key, NULL::text COLLATE "C" AS handler FROM single
    UNION ALL SELECT head, priority, key, handler FROM lane ORDER BY 2 DESC, 1 LIMIT p_count
  ), claimed AS (${TAKE('chosen')}
  )${followers}, held AS (
    UPDATE carillon_lane AS lane SET holder = claimed.seq, head = NULL, in_hand = ${
      followers === ''
        ? 'NULL'
        : `claimed.seq || (
      SELECT array_agg(seq) FROM followers WHERE ordering_key = claimed.ordering_key AND handler = claimed.handler
    )`
    }
    FROM claimed
    WHERE claimed.ordering_key IS NOT NULL AND lane.queue = p_queue AND lane.key = claimed.ordering_key AND lane.handler = claimed.handler
  ), missed AS (
    SELECT chosen.* FROM chosen LEFT JOIN claimed ON claimed.seq = chosen.seq
    WHERE claimed.seq IS NULL AND chosen.ordering_key IS NOT NULL
  ), rung AS (${RING('missed')}
  )
  SELECT ${GIVEN('own')}, own.expired, own.priority, facts.soon, facts.missed, own.follows
  FROM (SELECT
    (SELECT due - ${NOW} FROM carillon_message WHERE queue = p_queue AND state IN ('delayed', 'active') ORDER BY due LIMIT 1) AS soon,
    NOT is_answered OR EXISTS (SELECT 1 FROM missed) AS missed
  ) AS facts LEFT JOIN (
    SELECT *, false AS follows FROM claimed${followers === '' ? '' : ' UNION ALL SELECT *, true FROM followers'}
  ) AS own ON true;`;

/**
 * Gives out messages: the first that have no key, and the heads of the first free lanes; and up to `p_behind` of those that follow these heads
 * (`follows`), which the worker begins one after another. It answers as many bells as it may give out messages, so that they
 * do not pile up; a worker that has room for more than it was given asks for the rest. A head that the statement does not see yet, because it was
 * committed after it began, stays free, and its bell is rung. `missed` asks for one more claim: a bell is left. `soon` is in how many milliseconds the next message
 * is due. The result has a row without a message where there is none.
 */
const CLAIM = createFunction({
  head: 'carillon_claim_2(p_queue text, p_owner text, p_lease bigint, p_count int, p_behind int)',
  returns:
    'TABLE (seq bigint, id text, handler text, key text, body text, attempt int, given int, expired boolean, priority float8, soon bigint, missed boolean, follows boolean)',
  body: `DECLARE
  is_answered boolean := true;
  rank float8;
BEGIN${READS_COMMITTED}
  SELECT bell.priority INTO rank FROM carillon_bell AS bell WHERE queue = p_queue ORDER BY bell.priority DESC, bell.seq LIMIT 1;
  IF FOUND THEN
    is_answered := pg_try_advisory_lock_shared(${BELLS_OF_QUEUE});
    IF is_answered THEN
      PERFORM pg_advisory_unlock_shared(${BELLS_OF_QUEUE});
      SELECT is_over INTO is_answered FROM carillon_answer_2(p_queue, CASE WHEN rank > 0 THEN greatest(p_count, ${RANKED}) ELSE p_count END);
    END IF;
  END IF;
  IF p_behind > 0 THEN${GIVE_OUT(FOLLOWERS)}
  ELSE${GIVE_OUT('')}
  END IF;
END`,
});

/**
 * Makes what is due waiting, and what a worker has not renewed in time. It touches no lane: it has the messages already. The time is one value: an
 * index does not find a clock that goes on.
 */
const DUE = createFunction({
  head: 'carillon_due_1(p_queue text, p_most int)',
  returns: 'int',
  body: `DECLARE
  number int;
  time bigint := ${NOW};
BEGIN
  WITH over AS (
    UPDATE carillon_message SET state = 'waiting', owner = NULL WHERE seq = ANY (ARRAY(
      SELECT seq FROM carillon_message WHERE queue = p_queue AND state IN ('delayed', 'active') AND due <= time
      ORDER BY due LIMIT p_most FOR UPDATE SKIP LOCKED
    )) RETURNING seq, priority, ordering_key, handler
  ), rung AS (${RING('over')}
  )
  SELECT count(*) INTO number FROM over;
  RETURN number;
END`,
});

/**
 * Gives a lane that the caller has locked its next head, or ends it. As long as one of those that a worker has in hand is in progress, the lane is
 * that worker's.
 */
const NEXT = createFunction({
  head: 'carillon_next_1(p_queue text, p_key text, p_handler text)',
  returns: 'void',
  settings: CALLED,
  body: `DECLARE
  held bigint;
  first record;
BEGIN
  SELECT min(message.seq) INTO held FROM carillon_lane AS lane JOIN carillon_message AS message ON message.seq = ANY (lane.in_hand)
  WHERE lane.queue = p_queue AND lane.key = p_key AND lane.handler = p_handler AND message.state = 'active';
  IF held IS NOT NULL THEN
    UPDATE carillon_lane SET holder = held WHERE queue = p_queue AND key = p_key AND handler = p_handler;
    RETURN;
  END IF;
  SELECT head.seq, head.priority INTO first FROM (${HEAD('p_key', 'p_handler')}
  ) AS head;
  IF FOUND THEN
    UPDATE carillon_lane SET holder = NULL, in_hand = NULL, head = first.seq, priority = first.priority
    WHERE queue = p_queue AND key = p_key AND handler = p_handler;
  ELSE
    DELETE FROM carillon_lane WHERE queue = p_queue AND key = p_key AND handler = p_handler;
  END IF;
END`,
});

/** Whether the holder of a lane does not wait for its next attempt. */
const IS_NOT_DELAYED = `(SELECT state FROM carillon_message WHERE seq = held) IS DISTINCT FROM 'delayed'`;

/** The given deliveries, unless another worker has them. */
const MINE = (seqs: string, givens: string) => `unnest(${seqs}, ${givens}) AS mine (seq, given)
  WHERE message.seq = mine.seq AND message.owner = p_owner AND message.given = mine.given`;

const FINISH_MINE = `UPDATE carillon_message AS message SET state = 'done', owner = NULL, due = ${NOW}, body = '', progress = 1
  FROM ${MINE('p_seqs', 'p_givens')}`;

/** Messages that have not begun wait again: no attempt is counted. */
const UNTAKE = `UPDATE carillon_message AS message SET state = 'waiting', owner = NULL, attempt = message.attempt - 1
  FROM ${MINE('p_behind', 'p_behind_givens')}`;

/**
 * Stores the outcome of a delivery: `p_state` is what the message becomes, after `p_after` milliseconds. One that `p_holds` holds the others of its
 * key back until then. Those that the worker has in hand behind it go back. Nothing changes once another worker has the message.
 */
const SETTLE = createFunction({
  head: `carillon_settle_2(
  p_seq bigint, p_owner text, p_given int, p_queue text, p_key text, p_handler text, p_state text, p_after bigint, p_counts boolean,
  p_holds boolean, p_reason text, p_failure json, p_behind bigint[], p_behind_givens int[]
)`,
  returns: 'boolean',
  body: `DECLARE
  has_lane boolean;
BEGIN${READS_COMMITTED}
  IF p_key IS NOT NULL THEN
    PERFORM 1 FROM carillon_lane WHERE queue = p_queue AND key = p_key AND handler = p_handler FOR UPDATE;
    has_lane := FOUND;
  END IF;
  IF cardinality(p_behind) > 0 THEN
    PERFORM carillon_give_back_1(p_queue, p_owner, p_key, p_handler, p_behind, p_behind_givens);
  END IF;
  UPDATE carillon_message SET state = p_state, owner = NULL, due = ${NOW} + p_after,
    body = CASE WHEN p_state = 'done' THEN '' ELSE body END,
    progress = CASE WHEN p_state = 'done' THEN 1 ELSE progress END,
    attempt = CASE WHEN p_counts THEN attempt ELSE attempt - 1 END,
    reason = coalesce(p_reason, reason), failure = coalesce(p_failure, failure)
  WHERE seq = p_seq AND owner = p_owner AND given = p_given;
  IF NOT FOUND THEN RETURN false; END IF;
  IF has_lane AND p_holds THEN
    UPDATE carillon_lane SET holder = p_seq WHERE queue = p_queue AND key = p_key AND handler = p_handler AND holder <> p_seq;
  ELSIF has_lane THEN
    PERFORM carillon_next_1(p_queue, p_key, p_handler);
  ELSIF NOT has_lane THEN
    INSERT INTO carillon_bell (queue, priority, seq, key, handler) VALUES (p_queue, 0, p_seq, p_key, p_handler);
  END IF;
  RETURN true;
END`,
});

/** Gives back what a worker has in hand behind another message of its key. A lane that a retry holds stays held. */
const GIVE_BACK = createFunction({
  head: 'carillon_give_back_1(p_queue text, p_owner text, p_key text, p_handler text, p_behind bigint[], p_behind_givens int[])',
  returns: 'void',
  settings: CALLED,
  body: `DECLARE
  held bigint;
  has_lane boolean;
BEGIN${READS_COMMITTED}
  SELECT holder INTO held FROM carillon_lane WHERE queue = p_queue AND key = p_key AND handler = p_handler FOR UPDATE;
  has_lane := FOUND;
  ${UNTAKE};
  IF NOT FOUND THEN RETURN; END IF;
  IF NOT has_lane THEN
    INSERT INTO carillon_bell (queue, priority, seq, key, handler) VALUES (p_queue, 0, p_behind[1], p_key, p_handler);
  ELSIF ${IS_NOT_DELAYED} THEN
    PERFORM carillon_next_1(p_queue, p_key, p_handler);
  END IF;
END`,
});

/** Stores that messages without a key are done: many at once, since no lane waits for them. */
const FINISH = createFunction({
  head: 'carillon_finish_1(p_owner text, p_seqs bigint[], p_givens int[])',
  returns: 'void',
  body: `BEGIN
  ${FINISH_MINE};
END`,
});

/**
 * Stores that messages with keys are done: many at once. Their lanes are locked first, in one order, then the messages in theirs; the next heads are
 * looked for by statements that see what was committed before. A lane that a retry holds stays held.
 */
const FINISH_LANES = createFunction({
  head: 'carillon_finish_lanes_1(p_queue text, p_owner text, p_seqs bigint[], p_givens int[], p_keys text[], p_handlers text[])',
  returns: 'void',
  body: `DECLARE
  own record;
  held bigint;
  finished bigint[];
BEGIN${READS_COMMITTED}
  FOR own IN SELECT DISTINCT key COLLATE "C" AS key, handler COLLATE "C" AS handler FROM unnest(p_keys, p_handlers) AS lane (key, handler) ORDER BY 1, 2 LOOP
    PERFORM 1 FROM carillon_lane WHERE queue = p_queue AND key = own.key AND handler = own.handler FOR UPDATE;
  END LOOP;
  WITH over AS (
    ${FINISH_MINE} RETURNING message.seq
  ) SELECT array_agg(seq) INTO finished FROM over;
  FOR own IN
    SELECT min(seq) AS seq, key COLLATE "C" AS key, handler COLLATE "C" AS handler FROM unnest(p_seqs, p_keys, p_handlers) AS lane (seq, key, handler)
    WHERE seq = ANY (finished) GROUP BY 2, 3
  LOOP
    SELECT holder INTO held FROM carillon_lane WHERE queue = p_queue AND key = own.key AND handler = own.handler;
    IF NOT FOUND THEN
      INSERT INTO carillon_bell (queue, priority, seq, key, handler) VALUES (p_queue, 0, own.seq, own.key, own.handler);
    ELSIF held = ANY (finished) OR ${IS_NOT_DELAYED} THEN
      PERFORM carillon_next_1(p_queue, own.key, own.handler);
    END IF;
  END LOOP;
END`,
});

/**
 * Removes a message that is not in progress, or delays it; `p_delay` is in milliseconds, or null for its removal. A lane that is not there has nothing
 * to be told, or it is being made, and a worker has it by then.
 */
const MOVE = createFunction({
  head: 'carillon_move_1(p_queue text, p_id text, p_delay bigint)',
  returns: 'boolean',
  body: `DECLARE
  message record;
  holding bigint;
  has_lane boolean;
BEGIN${READS_COMMITTED}
  SELECT seq, ordering_key, handler INTO message FROM carillon_message WHERE id = p_id AND queue = p_queue;
  IF NOT FOUND THEN RETURN false; END IF;
  SELECT holder INTO holding FROM carillon_lane
  WHERE queue = p_queue AND key = message.ordering_key AND handler = message.handler FOR UPDATE;
  has_lane := FOUND;
  IF p_delay IS NULL THEN
    DELETE FROM carillon_message WHERE seq = message.seq AND state IN ('waiting', 'delayed');
  ELSE
    UPDATE carillon_message SET state = 'delayed', due = ${NOW} + p_delay WHERE seq = message.seq AND state IN ('waiting', 'delayed');
  END IF;
  IF NOT FOUND THEN RETURN false; END IF;
  IF has_lane AND (holding IS NULL OR (holding = message.seq AND p_delay IS NULL)) THEN
    PERFORM carillon_next_1(p_queue, message.ordering_key, message.handler);
  END IF;
  RETURN true;
END`,
});

/**
 * Answers many bells at once: where a backlog of one key has rung them, those of other keys are behind. One worker does so, and no claim answers
 * any meanwhile: it would lock bells whose lanes the first one has. Returns how many were answered.
 */
const CATCH_UP = createFunction({
  head: 'carillon_catch_up_2(p_queue text, p_most int)',
  returns: 'int',
  body: `BEGIN${READS_COMMITTED}
  IF NOT pg_try_advisory_xact_lock(${BELLS_OF_QUEUE}) THEN RETURN 0; END IF;
  RETURN (SELECT answered FROM carillon_answer_2(p_queue, p_most));
END`,
});

/** The queues among these in which there is something to claim, a bell to answer, or something due. */
const LOOK = createFunction({
  head: 'carillon_look_1(p_queues text[])',
  returns: 'SETOF text',
  body: `DECLARE
  time bigint := ${NOW};
BEGIN
  RETURN QUERY SELECT own.name FROM unnest(p_queues) AS own (name) WHERE coalesce(
    (SELECT true FROM carillon_message WHERE queue = own.name AND state = 'waiting' AND ordering_key IS NULL
      ORDER BY priority DESC, seq LIMIT 1),
    (SELECT true FROM carillon_lane WHERE queue = own.name AND holder IS NULL AND head IS NOT NULL ORDER BY priority DESC, head LIMIT 1),
    (SELECT true FROM carillon_bell WHERE queue = own.name ORDER BY priority DESC, seq LIMIT 1),
    (SELECT due <= time FROM carillon_message WHERE queue = own.name AND state IN ('delayed', 'active') ORDER BY due LIMIT 1),
    false
  );
END`,
});

/** The statements that make the functions; they may be run again. */
export const FUNCTIONS = [
  ANSWER,
  CLAIM,
  DUE,
  NEXT,
  GIVE_BACK,
  SETTLE,
  FINISH,
  FINISH_LANES,
  MOVE,
  CATCH_UP,
  LOOK,
].join('');
