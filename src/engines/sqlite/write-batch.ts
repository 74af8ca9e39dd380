/** Puts the writes of one turn of the event loop into one transaction: a single wait for the disk is enough for all of them. */
import type Database from 'libsql';

interface PendingWrite {
  run(): void;
  settle(): void;
  fail(error: unknown): void;
}

export class WriteBatch {
  readonly #database: Database.Database;
  #writes: PendingWrite[] = [];

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Resolves with the result once it is committed. */
  add<T>(write: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T;
      this.#writes.push({
        run: () => {
          result = write();
        },
        settle: () => resolve(result),
        fail: reject,
      });
      if (this.#writes.length === 1) setImmediate(() => this.flush());
    });
  }

  flush(): void {
    const writes = this.#writes;
    this.#writes = [];
    if (writes.length === 0 || this.#commit(writes) || writes.length === 1) return;
    // One of them failed, and the transaction with it: each gets one of its own.
    for (const write of writes) this.#commit([write]);
  }

  #commit(writes: readonly PendingWrite[]): boolean {
    // A closed database does not throw when it is asked for its state: it ends the process.
    if (!this.#database.open) {
      for (const write of writes) write.fail(new Error('The database is closed.'));
      return true;
    }
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const write of writes) write.run();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      if (writes.length === 1) writes[0]?.fail(error);
      return false;
    }
    for (const write of writes) write.settle();
    return true;
  }
}
