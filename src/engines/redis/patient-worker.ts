/** A worker of BullMQ that does not ask a server again and again that refuses to write. */
import { type Processor, type Span, Worker, type WorkerOptions } from 'bullmq';
import type { Clock } from '../../dispatch/clock.js';
import { type PauseLimits, Pauses } from '../pauses.js';
import { isRefusal } from './redis-trouble.js';
import type { JobData, StoredJob } from './stored-job.js';

/** Between two questions to a server that refuses to write. */
const ASKING_AGAIN: PauseLimits = { first: 100, most: 5000 };

/** For so many milliseconds others may take what this worker has no handler for. */
const PRECEDENCE = 100;

/** How a worker waits. */
export interface Patience {
  readonly clock: Clock;
  /** Is called each time when the server has given out a job, or none. */
  answered(): void;
}

type Finished<T> = [outcome: T, job: StoredJob, token: string, fetch?: () => boolean, span?: Span];

export class PatientWorker extends Worker<JobData> {
  readonly #patience: Patience;
  readonly #pauses: Pauses;
  #failures = 0;
  /** When the job is due that it has moved back last because it has no handler for it. */
  #passedOn = 0;

  constructor(
    name: string,
    processor: Processor<JobData>,
    options: WorkerOptions,
    patience: Patience,
  ) {
    super(name, processor, options);
    this.#patience = patience;
    this.#pauses = new Pauses(patience.clock, ASKING_AGAIN);
  }

  /** Ends with a pause or the close. One that was resumed while its loop was ending (bullmq 6.7) goes on. */
  override async run(): Promise<void> {
    do await super.run();
    while (!this.isPaused() && this.closing === undefined && !this.isRunning());
  }

  /** Whoever waits for a job is woken when it is due: this worker a little later, or it may get what it cannot do again and again. */
  passOn(due: number): void {
    this.#passedOn = due;
  }

  protected override getBlockTimeout(blockUntil: number): number {
    return super.getBlockTimeout(
      blockUntil === this.#passedOn && blockUntil > 0 ? blockUntil + PRECEDENCE : blockUntil,
    );
  }

  /** From now on each outcome is tried once more, and then left to the worker that gets the job next. */
  endPauses(): void {
    this.#pauses.end();
  }

  /** Tries again as long as the server refuses to write. */
  async untilTaken<T>(store: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await store();
      } catch (error) {
        if (!isRefusal(error) || this.#pauses.isEnded) throw error;
        this.emit('error', error as Error);
        await this.#pause();
      }
    }
  }

  /** BullMQ asks again at once after an error that is not of the connection. */
  protected override async moveToActive(token: string, name?: string): Promise<StoredJob> {
    try {
      const job = await super.moveToActive(token, name);
      this.#failures = 0;
      this.#patience.answered();
      return job;
    } catch (error) {
      await this.#pause();
      throw error;
    }
  }

  protected override handleCompleted(...args: Finished<unknown>): Promise<StoredJob> {
    return this.untilTaken(() => super.handleCompleted(...args));
  }

  protected override handleFailed(...args: Finished<Error>): Promise<StoredJob> {
    return this.untilTaken(() => super.handleFailed(...args));
  }

  #pause(): Promise<void> {
    this.#failures += 1;
    return this.#pauses.after(this.#failures - 1);
  }
}
