/** What the workers of one provider do together in a SQLite file, by one connection: they say that they are there, and look for what others have written. */
import type { Clock } from '../../dispatch/clock.js';
import { repeat } from '../repeat.js';
import { FileLook } from './file-look.js';
import { FileTrouble } from './file-trouble.js';
import { hasRoom } from './free-pages.js';
import { openFile, type PreparedFile } from './open-file.js';
import { Statements } from './statements.js';
import { type ServedQueue, WorkerTable } from './worker-table.js';
import { WriteBatch } from './write-batch.js';

/** A worker of one queue. */
export interface FileWorker extends ServedQueue {
  /** There may be something to do. */
  wake(): void;
  /** There is something to forget, or room to give back. */
  sweep(): void;
}

/** The file, and how it is used; times are in milliseconds. */
export interface SharedFileOptions {
  readonly path: string;
  readonly poll: number;
  readonly lease: number;
  readonly patience: number;
  /** How long a message that is done is kept. */
  readonly keepDone: number;
}

/** Milliseconds between two looks for what is no longer needed: the worker of its queue deletes it. */
export const SWEEP = 10_000;

/** So many times workers say that they are there before it would no longer hold. */
const SERVED_TIMES = 3;

export class SharedFile {
  readonly #options: SharedFileOptions;
  readonly #workers = new Set<FileWorker>();
  #opening: Promise<SharedConnection> | undefined;

  constructor(options: SharedFileOptions) {
    this.#options = options;
  }

  /**
   * The worker is woken from now on, until a call of the result. A lock delays no start: a write that fails is made again at the next time.
   *
   * @throws CarillonError (a rejection) `CAR5018` when the file cannot be opened
   */
  async add(worker: FileWorker, clock: Clock): Promise<() => Promise<void>> {
    this.#workers.add(worker);
    this.#opening ??= this.#open(worker.queue, clock);
    const opening = this.#opening;
    try {
      const connection = await opening;
      connection.serve([worker]);
      return () => this.#leave(worker, connection);
    } catch (error) {
      this.#workers.delete(worker);
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  /** Closes the connection unless another worker is there. */
  async release(): Promise<void> {
    const connection = await this.#opening?.catch(() => undefined);
    if (connection === undefined || this.#workers.size > 0) return;
    this.#opening = undefined;
    connection.close();
  }

  async #leave(worker: FileWorker, connection: SharedConnection): Promise<void> {
    if (!this.#workers.delete(worker)) return;
    await connection.leave(worker);
    await this.release();
  }

  /** @param queue for errors */
  async #open(queue: string, clock: Clock): Promise<SharedConnection> {
    const { path, patience } = this.#options;
    const prepared = await openFile(path, { queue, clock, patience });
    const trouble = new FileTrouble(queue, patience);
    return new SharedConnection(
      prepared,
      new WriteBatch({ ...prepared, trouble, clock, patience }),
      { clock, ...this.#options, workers: this.#workers },
    );
  }
}

class SharedConnection {
  readonly #database: PreparedFile['database'];
  readonly #writes: WriteBatch;
  readonly #look: FileLook;
  readonly #table: WorkerTable;
  readonly #workers: ReadonlySet<FileWorker>;
  readonly #poll: number;
  readonly #lease: number;
  readonly #keepDone: number;
  readonly #ends: readonly (() => void)[];
  #nextSweep = Date.now() + SWEEP;

  constructor(
    prepared: PreparedFile,
    writes: WriteBatch,
    {
      clock,
      poll,
      lease,
      keepDone,
      workers,
    }: SharedFileOptions & { readonly clock: Clock; readonly workers: ReadonlySet<FileWorker> },
  ) {
    this.#database = prepared.database;
    this.#writes = writes;
    this.#look = new FileLook(prepared);
    this.#table = new WorkerTable(new Statements(prepared.database));
    this.#workers = workers;
    this.#poll = poll;
    this.#lease = lease;
    this.#keepDone = keepDone;
    this.#ends = [
      repeat(clock, poll, async () => this.#wake()),
      repeat(clock, lease / SERVED_TIMES, async () => this.serve([...workers])),
    ];
  }

  serve(workers: readonly FileWorker[]): void {
    const write = () => this.#table.serve(workers, this.#lease);
    this.#writes.add(write).catch(() => undefined);
  }

  /** Resolves also where it could not be written: it is over after its time. */
  leave(worker: FileWorker): Promise<void> {
    return this.#writes.add(() => this.#table.leave(worker)).catch(() => undefined);
  }

  close(): void {
    for (const end of this.#ends) end();
    if (!this.#database.open) return;
    this.#writes.close();
    this.#database.close();
  }

  #wake(): void {
    const workers = [...this.#workers];
    const queues = workers.map(({ queue }) => queue);
    try {
      const found = new Set(this.#look.look(queues, this.#poll));
      for (const { queue, wake } of workers) if (found.has(queue)) wake();
      if (Date.now() >= this.#nextSweep) this.#sweep(workers, queues);
    } catch {
      // The file does not tell: the claim of each worker will fail as well, and says so.
      for (const { wake } of workers) wake();
    }
  }

  #sweep(workers: readonly FileWorker[], queues: readonly string[]): void {
    const found = new Set(this.#look.forgettable(queues, this.#keepDone));
    const sweepers = workers.filter(({ queue }) => found.has(queue));
    if (sweepers.length === 0 && hasRoom(this.#database)) sweepers.push(...workers.slice(0, 1));
    for (const { sweep } of sweepers) sweep();
    this.#nextSweep = Date.now() + SWEEP;
  }
}
