/** Puts the writes of one turn of the event loop into one transaction: a single wait for the disk is enough for all of them. */
import type Database from 'libsql';
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import { type PauseLimits, pauseAfter } from '../pauses.js';
import { type FileTrouble, isFileTrouble, isLock, passes } from './file-trouble.js';
import type { OpenFile } from './open-file.js';

/** How a write is treated that cannot be made at once. */
export interface WriteOptions<T> {
  /** Tried again until it is made, whatever trouble the file has; others wait for a lock only, and not for longer than the patience. */
  readonly isKept?: boolean;
  /** Made before the others that wait. */
  readonly isFirst?: boolean;
  /** A worker's own: nobody is told that nothing was stored, and so the file is looked at afterwards only, and not each time. */
  readonly isOwn?: boolean;
  /** Asked before each attempt; a result makes the write superfluous. */
  readonly skip?: () => T | undefined;
}

/** Milliseconds before the next attempt: the first, and the longest. */
const AFTER_LOCK: PauseLimits = { first: 5, most: 50 };
const AFTER_TROUBLE: PauseLimits = { first: 50, most: 1000 };

/** The file, and what writes wait for it. */
export interface WriteBatchOptions {
  readonly database: Database.Database;
  readonly file: OpenFile;
  readonly trouble: FileTrouble;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly patience: number;
}

export class WriteBatch {
  readonly #options: WriteBatchOptions;
  #writes: PendingWrite<unknown>[] = [];
  #isScheduled = false;
  #isWaiting = false;
  #timer: unknown;
  #failures = 0;

  constructor(options: WriteBatchOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the result once it is committed. The write may be run several times, each time after a rollback.
   *
   * @throws CarillonError (a rejection) `CAR5018` when nothing was stored
   */
  add<T>(write: () => T, options: WriteOptions<T> = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const pending = new PendingWrite<T>(write, options, { resolve, reject });
      if (options.isFirst === true) this.#writes.unshift(pending as PendingWrite<unknown>);
      else this.#writes.push(pending as PendingWrite<unknown>);
      if (this.#isScheduled || this.#isWaiting) return;
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        if (!this.#isWaiting) this.flush();
      });
    });
  }

  /** Makes the writes that wait, or has them wait for longer. */
  flush(): void {
    const writes = this.#writes.filter((write) => !write.isSkipped());
    this.#writes = [];
    if (writes.length > 0) this.#store(writes, runTogether);
  }

  /** Makes one last attempt. What is left is rejected. */
  close(): void {
    clearTimer(this.#options.clock, this.#timer);
    this.flush();
    clearTimer(this.#options.clock, this.#timer);
    for (const write of this.#writes.splice(0)) write.fail(this.#options.trouble.closed());
  }

  #store(writes: readonly PendingWrite<unknown>[], run: Run): void {
    const { database, file, trouble } = this.#options;
    // A closed database does not throw when it is asked for its state: it ends the process.
    if (!database.open) {
      for (const write of writes) write.fail(trouble.closed());
      return;
    }
    const isOwn = this.#failures === 0 && writes.every((write) => write.isOwn);
    try {
      if (!isOwn) file.check();
      database.exec('BEGIN IMMEDIATE');
      run(writes, database);
      database.exec('COMMIT');
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      this.#notStored(writes, run, error);
      return;
    }
    this.#failures = 0;
    try {
      if (isOwn) file.checkNowAndThen();
      else file.check();
    } catch (error) {
      // They may be lost, or another process that has the old file open may have them.
      for (const write of writes) write.fail(error);
      return;
    }
    for (const write of writes) write.settle();
  }

  #notStored(writes: readonly PendingWrite<unknown>[], run: Run, error: unknown): void {
    if (isFileTrouble(error)) this.#troubled(writes, error);
    else if (run === runTogether && writes.length > 1) this.#store(writes, runApart);
    else for (const write of writes) write.fail(error);
  }

  #troubled(writes: readonly PendingWrite<unknown>[], error: unknown): void {
    const { clock, patience, trouble } = this.#options;
    const isLocked = isLock(error);
    const now = clock.now();
    const waiting: PendingWrite<unknown>[] = [];
    let refusal: unknown;
    for (const write of writes) {
      if (write.isOver) continue;
      write.until ??= now + patience;
      const waits = write.isKept ? passes(error) : isLocked && now < write.until;
      if (waits) waiting.push(write);
      else {
        refusal ??= trouble.refusal(error);
        write.fail(refusal);
      }
    }
    this.#writes = [...waiting, ...this.#writes];
    if (this.#writes.length > 0) this.#tryLater(isLocked ? AFTER_LOCK : AFTER_TROUBLE);
  }

  /** Outside of SQLite, whose own wait would stop the event loop. */
  #tryLater(limits: PauseLimits): void {
    const { clock } = this.#options;
    const wait = pauseAfter(this.#failures, limits);
    this.#failures += 1;
    this.#isWaiting = true;
    this.#timer = setTimer(
      clock,
      () => {
        this.#isWaiting = false;
        this.flush();
      },
      wait,
    );
  }
}

type Run = (writes: readonly PendingWrite<unknown>[], database: Database.Database) => void;

function runTogether(writes: readonly PendingWrite<unknown>[]): void {
  for (const write of writes) write.run();
}

/** One of them has failed, and the transaction with it: those that fail again do so alone. */
function runApart(writes: readonly PendingWrite<unknown>[], database: Database.Database): void {
  for (const write of writes) {
    database.exec('SAVEPOINT carillon_write');
    try {
      write.run();
    } catch (error) {
      if (isFileTrouble(error)) throw error;
      database.exec('ROLLBACK TO carillon_write');
      write.fail(error);
    }
    database.exec('RELEASE carillon_write');
  }
}

class PendingWrite<T> {
  readonly isKept: boolean;
  readonly isOwn: boolean;
  /** Since the first attempt met a lock: the end of its patience. */
  until: number | undefined;
  isOver = false;
  readonly #write: () => T;
  readonly #skip: (() => T | undefined) | undefined;
  readonly #caller: { resolve(result: T): void; reject(error: unknown): void };
  #result: T | undefined;

  constructor(
    write: () => T,
    { isKept = false, isOwn = false, skip }: WriteOptions<T>,
    caller: { resolve(result: T): void; reject(error: unknown): void },
  ) {
    this.#write = write;
    this.isKept = isKept;
    this.isOwn = isOwn;
    this.#skip = skip;
    this.#caller = caller;
  }

  isSkipped(): boolean {
    const result = this.#skip?.();
    if (result === undefined) return false;
    this.#caller.resolve(result);
    return true;
  }

  run(): void {
    this.#result = this.#write();
  }

  settle(): void {
    if (!this.isOver) this.#caller.resolve(this.#result as T);
  }

  fail(error: unknown): void {
    this.isOver = true;
    this.#caller.reject(error);
  }
}
