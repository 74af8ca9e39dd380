/** A worker of BullMQ that moves each job according to the outcome of its message. */
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import type { QueueDelivery, Work } from '../../queue/queue-provider.js';
import { NOT_ATTEMPTED, PausableConsumer } from '../pausable-consumer.js';
import type { PatientWorker } from './patient-worker.js';
import { attemptOf, type JobData, readData, type StoredJob } from './stored-job.js';

export class JobWorker extends PausableConsumer {
  #worker: PatientWorker | undefined;
  /** Settles once the worker takes no more jobs and has finished those it had. */
  #running: Promise<void> | undefined;
  readonly #work: Work;
  readonly #failed: (error: unknown) => void;
  readonly #remember: (key: string, time: number) => Promise<unknown>;
  /** What to do when a job in progress is another worker's. */
  readonly #lose = new Map<string, () => void>();

  /** @param remember keeps a deduplication key for that many milliseconds from now */
  constructor(
    work: Work,
    failed: (error: unknown) => void,
    remember: (key: string, time: number) => Promise<unknown>,
  ) {
    super();
    this.#remember = remember;
    this.#work = work;
    this.#failed = failed;
  }

  /** @param worker whose processor is {@link process} */
  async begin(worker: PatientWorker): Promise<void> {
    this.#worker = worker;
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#lost(id);
    });
    await worker.waitUntilReady();
    this.#running = worker.run().catch(this.#failed);
  }

  protected override onPause(): void {
    this.#worker?.pause(true).catch(this.#failed);
  }

  protected override onResume(): void {
    void this.#worker?.resume();
  }

  /** Not by a graceful close: without the engine it would never clear its timers, and a second close could not be forced. */
  protected override async onStop(): Promise<void> {
    this.#worker?.endPauses();
    await this.#worker?.pause();
    await this.#running;
    await this.#worker?.close(true);
  }

  /** Releases what would otherwise stay open; the pause clears the timer that looks for stalled jobs. */
  async abandon(): Promise<void> {
    this.#worker?.endPauses();
    await Promise.all([this.#worker?.pause(true), this.#worker?.close(true)]);
  }

  /** Another worker has the job, or will. */
  #lost(id: string): void {
    this.#lose.get(id)?.();
    this.#lose.delete(id);
  }

  async process(job: StoredJob, token = ''): Promise<void> {
    try {
      await this.#process(job, token);
    } finally {
      this.#lose.delete(job.id ?? '');
    }
  }

  async #process(job: StoredJob, token: string): Promise<void> {
    const data = readData(job.data);
    if (this.isOpen && data.dedup !== undefined) await this.#begun(data.dedup);
    let isLost = false;
    // What was being fetched at a pause or a stop is left to other workers.
    const working = this.isOpen
      ? this.#work(
          this.#deliveryOf(job, data, () => {
            isLost = true;
          }),
        )
      : NOT_ATTEMPTED;
    const outcome = working instanceof Promise ? await working : working;
    // BullMQ refuses the outcome of a job that is another worker's.
    if (isLost) return;
    switch (outcome.type) {
      case 'done':
        return;
      case 'retry':
        await this.#change(job, { ...data, failure: outcome.failure });
        return this.#moveBack(job, token, outcome.after);
      case 'goBack':
        await this.#change(job, { ...data, uncounted: (data.uncounted ?? 0) + 1 });
        return this.#moveBack(job, token, outcome.after, true);
      case 'giveUp': {
        const { reason, failure } = outcome;
        await this.#change(job, { ...data, reason, failure });
        throw new UnrecoverableError(failure.message);
      }
    }
  }

  #change(job: StoredJob, data: JobData): Promise<void> {
    return this.#stored(() => job.updateData(data));
  }

  /** The errors tell BullMQ that the processor has moved the job itself. */
  async #moveBack(
    job: StoredJob,
    token: string,
    after: number,
    isPassedOn = false,
  ): Promise<never> {
    if (after <= 0) {
      await this.#stored(() => job.moveToWait(token));
      throw new WaitingError();
    }
    const due = Math.ceil(Date.now() + after);
    if (isPassedOn) this.#worker?.passOn(due);
    await this.#stored(() => job.moveToDelayed(due, token));
    throw new DelayedError();
  }

  #stored<T>(store: () => Promise<T>): Promise<T> {
    return this.#worker?.untilTaken(store) ?? store();
  }

  /** It no longer waits: its key is remembered for the rest of its window, if there is one, or until it is finished. */
  async #begun({ key, until }: NonNullable<JobData['dedup']>): Promise<void> {
    const left = Math.ceil(until - Date.now());
    if (left > 0) await this.#remember(key, left).catch(this.#failed);
  }

  #deliveryOf(job: StoredJob, data: JobData, lost: () => void): QueueDelivery {
    const { id = '' } = job;
    this.#lose.set(id, lost);
    const { handler, body, expires } = data;
    return {
      id,
      handler,
      body,
      attempt: attemptOf(job.attemptsStarted, data),
      expired: expires !== undefined && expires <= Date.now(),
      progress: (fraction: number) => void job.updateProgress(fraction).catch(this.#failed),
      log: (line: string) => void job.log(line).catch(this.#failed),
      onLost: (heard) => {
        this.#lose.set(id, () => {
          lost();
          heard();
        });
      },
    };
  }
}
