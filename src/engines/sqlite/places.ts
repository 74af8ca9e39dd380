/** Where the messages of a queue in a SQLite file stand: terms of a query that the index of places answers. */

/** To be claimed, in the order of `rank`. */
export const IS_WAITING = 'place = 2';

/** Delayed, held or active until `rank`. */
export const IS_TIMED = 'place = 1';

/** Done since `rank`. */
export const IS_DONE = 'place = 0';

/**
 * Since version 3: one index instead of three. What waits, what runs and what is done stand side by side, so that a claim and the outcomes before it
 * mostly change one page of an index. A claim takes out the first of those that wait; those in progress stand before them, and the last of those
 * that are done before these.
 */
export const PLACES = `
  ALTER TABLE carillon_message ADD COLUMN place INTEGER AS (
    CASE state WHEN 'active' THEN 1 WHEN 'waiting' THEN 2 WHEN 'done' THEN 0 WHEN 'delayed' THEN 1 WHEN 'held' THEN 1 END
  );
  ALTER TABLE carillon_message ADD COLUMN rank INTEGER AS (iif(state = 'waiting', -priority, due));
  CREATE INDEX carillon_message_place ON carillon_message (queue, place, rank) WHERE place IS NOT NULL;
  DROP INDEX carillon_message_waiting;
  DROP INDEX carillon_message_due;
  DROP INDEX carillon_message_done;
`;
