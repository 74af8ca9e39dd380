/** Says in the database which queues this provider serves: one statement for all of them, again and again. */
import type { Clock } from '../../dispatch/clock.js';
import { repeat } from '../repeat.js';
import { arrayLiteral } from './array-literal.js';
import type { RunSql } from './run-sql.js';
import { NOW } from './schema.js';

/** So many times it is said before it would no longer hold. */
const TIMES = 3;

/** Rows of programs that were killed go with it. In one order, so that two programs do not wait for each other. */
const SERVE = `WITH gone AS (
  DELETE FROM carillon_worker WHERE (queue, owner) IN (
    SELECT queue, owner FROM carillon_worker WHERE queue = ANY ($1::text[]) AND until <= (SELECT ${NOW})
    ORDER BY queue, owner FOR UPDATE SKIP LOCKED
  ) AND owner <> $2
)
INSERT INTO carillon_worker (queue, owner, until) SELECT queue, $2, ${NOW} + $3::bigint FROM unnest($1::text[]) AS queue ORDER BY queue COLLATE "C"
ON CONFLICT (queue, owner) DO UPDATE SET until = excluded.until`;

/** The others are told: what this program had in progress held its ordering keys, and what it gave back waits. */
const LEAVE = `WITH gone AS (DELETE FROM carillon_worker WHERE queue = $1 AND owner = $2)
SELECT pg_notify('carillon', $1)`;

/** How it is known who is there. */
export interface WorkerTimes {
  readonly clock: Clock;
  /** Milliseconds after which a program that says nothing is taken to be gone. */
  readonly lease: number;
}

export class WorkerList {
  readonly #run: RunSql;
  readonly #owner = globalThis.crypto.randomUUID();
  readonly #queues = new Map<string, number>();
  #endTimer: (() => void) | undefined;

  constructor(run: RunSql) {
    this.#run = run;
  }

  /** Resolves once it is known. A call of the result takes it back; others of this provider may still serve the queue. */
  async add(queue: string, times: WorkerTimes): Promise<() => Promise<void>> {
    this.#queues.set(queue, (this.#queues.get(queue) ?? 0) + 1);
    // A failure is that of the next claim as well, which is reported.
    this.#endTimer ??= repeat(times.clock, times.lease / TIMES, () =>
      this.#serve([...this.#queues.keys()], times),
    );
    try {
      await this.#serve([queue], times);
    } catch (error) {
      await this.#remove(queue);
      throw error;
    }
    return () => this.#remove(queue);
  }

  async isServed(queue: string): Promise<boolean> {
    const [row] = await this.#run<{ served: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM carillon_worker WHERE queue = $1 AND until > ${NOW}) AS served`,
      [queue],
    );
    return row?.served === true;
  }

  close(): void {
    this.#endTimer?.();
  }

  async #serve(queues: readonly string[], { lease }: WorkerTimes): Promise<void> {
    await this.#run(SERVE, [arrayLiteral(queues), this.#owner, Math.ceil(lease)]);
  }

  /** What cannot be taken back is over after its time. */
  async #remove(queue: string): Promise<void> {
    const left = (this.#queues.get(queue) ?? 1) - 1;
    if (left > 0) {
      this.#queues.set(queue, left);
      return;
    }
    this.#queues.delete(queue);
    if (this.#queues.size === 0) {
      this.#endTimer?.();
      this.#endTimer = undefined;
    }
    await this.#run(LEAVE, [queue, this.#owner]).catch(() => undefined);
  }
}
