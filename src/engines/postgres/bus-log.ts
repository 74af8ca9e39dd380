/** The messages of the bus in PostgreSQL: a table that is read from a position on and cleaned up by age. */
import { BATCH, type LogEntry } from '../log-reader.js';
import type { RunSql } from './run-sql.js';
import { NOW } from './schema.js';

/** The channel of NOTIFY. */
export const CHANNEL = 'carillon_bus';

/** Follows the schema in the payload when a member of a group has returned a message. */
export const RETURNED = 'returned';

interface MessageRow {
  readonly id: string;
  readonly topic: string;
  readonly text: string;
}

export class BusLog {
  readonly #run: RunSql;

  constructor(run: RunSql) {
    this.#run = run;
  }

  /**
   * The lock orders the publishers of all processes: a number that became visible after a higher one would be missed by a reader that has
   * read the higher one. Transactions that notify wait for each other in any case.
   */
  async publish(
    messages: readonly { readonly topic: string; readonly text: string }[],
  ): Promise<void> {
    await this.#run(
      `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('carillon bus'), hashtext(current_schema()))),
       new AS (
         INSERT INTO carillon_bus_message (topic, event, published)
         SELECT given.topic, given.event, ${NOW} FROM turn, unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (topic, event, n)
         ORDER BY given.n RETURNING seq, topic
       ),
       copies AS (
         INSERT INTO carillon_bus_copy (group_name, seq)
         SELECT member.name, new.seq FROM new JOIN carillon_bus_group AS member
           ON member.topic = new.topic OR new.topic || '.' ~ member.matches
       )
       SELECT pg_notify('${CHANNEL}', current_schema())`,
      [messages.map(({ topic }) => topic), messages.map(({ text }) => text)],
    );
  }

  async read(after: string, count = BATCH): Promise<readonly LogEntry[]> {
    return this.#run<MessageRow>(
      'SELECT seq AS id, topic, event AS text FROM carillon_bus_message WHERE seq > $1 ORDER BY seq LIMIT $2',
      [after, count],
    );
  }

  /** The id of the newest message. */
  async last(): Promise<string> {
    const [row] = await this.#run<{ last: string }>(
      'SELECT coalesce(max(seq), 0) AS last FROM carillon_bus_message',
      [],
    );
    return row?.last ?? '0';
  }

  /** Deletes messages older than `keep` milliseconds, and groups that have had no member for that long. */
  async sweep(keep: number): Promise<void> {
    await this.#run(
      `WITH old AS (DELETE FROM carillon_bus_message WHERE published < ${NOW} - $1 RETURNING seq)
       DELETE FROM carillon_bus_copy USING old WHERE carillon_bus_copy.seq = old.seq`,
      [Math.ceil(keep)],
    );
    await this.#run(
      `WITH left_alone AS (DELETE FROM carillon_bus_group WHERE seen < ${NOW} - $1 RETURNING name)
       DELETE FROM carillon_bus_copy USING left_alone WHERE group_name = left_alone.name`,
      [Math.ceil(keep)],
    );
  }
}
