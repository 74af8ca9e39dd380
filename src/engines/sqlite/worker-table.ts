/** Which workers serve the queues of a SQLite file. Each method is one step in a transaction of the caller. */
import type { Statements } from './statements.js';

/** A worker of a queue. */
export interface ServedQueue {
  readonly queue: string;
  readonly owner: string;
}

const SERVE = `INSERT INTO carillon_worker (queue, owner, until)
  SELECT json_extract(value, '$.queue'), json_extract(value, '$.owner'), ?2 FROM json_each(?1) WHERE true
  ON CONFLICT (queue, owner) DO UPDATE SET until = excluded.until`;
const FORGET = `DELETE FROM carillon_worker
  WHERE queue IN (SELECT json_extract(value, '$.queue') FROM json_each(?1)) AND until <= ?2`;
const LEAVE = 'DELETE FROM carillon_worker WHERE queue = ? AND owner = ?';
const FIND = 'SELECT 1 AS one FROM carillon_worker WHERE queue = ? AND until > ? LIMIT 1';

export class WorkerTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The workers are there for so many milliseconds more. Those that were killed are forgotten. */
  serve(workers: readonly ServedQueue[], lease: number): void {
    const now = Date.now();
    const served = JSON.stringify(workers.map(({ queue, owner }) => ({ queue, owner })));
    this.#statements.run(FORGET, served, now);
    this.#statements.run(SERVE, served, Math.ceil(now + lease));
  }

  leave({ queue, owner }: ServedQueue): void {
    this.#statements.run(LEAVE, queue, owner);
  }

  isServed(queue: string): boolean {
    return this.#statements.get(FIND).get(queue, Date.now()) !== undefined;
  }
}
