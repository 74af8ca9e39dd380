/** A SQLite file for one test, the queues that are opened on it, and what another program does to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CarillonError, Clock } from 'carillon';
import type { OutgoingMessage, ProviderQueue } from 'carillon/engine';
import { type SqliteQueueOptions, sqliteQueue } from 'carillon/sqlite';
import Database from 'libsql';

export class SqliteFile {
  readonly folder: string;
  readonly path: string;
  /** What the queues have reported. */
  readonly reports: CarillonError[] = [];
  readonly #queues: ProviderQueue[] = [];
  readonly #connections: Database.Database[] = [];

  constructor(folder = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'))) {
    this.folder = folder;
    this.path = join(folder, 'queues.db');
  }

  async open(clock: Clock, options: Partial<SqliteQueueOptions> = {}): Promise<ProviderQueue> {
    const provider = sqliteQueue({ file: this.path, poll: 5, leaseTime: 100, ...options });
    const report = (error: CarillonError) => void this.reports.push(error);
    const queue = await provider.open('jobs', { clock, report });
    this.#queues.push(queue);
    return queue;
  }

  /** A connection of another program. */
  connect(): Database.Database {
    const connection = new Database(this.path);
    this.#connections.push(connection);
    return connection;
  }

  /** Another program has a transaction open until the function is called that this returns. */
  lock(): () => void {
    const connection = this.connect();
    connection.exec('BEGIN IMMEDIATE');
    return () => void connection.exec('ROLLBACK');
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) if (connection.open) connection.close();
    for (const queue of this.#queues) await queue.close();
    rmSync(this.folder, { recursive: true });
  }
}

export function sqliteMessage(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', ...more };
}
