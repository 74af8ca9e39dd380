/** A worker of BullMQ that moves each job according to the outcome of its message. */
import { DelayedError, type Job, UnrecoverableError, WaitingError, type Worker } from 'bullmq';
import type { QueueDelivery, Work } from '../../queue/queue-provider.js';
import { NOT_ATTEMPTED, PausableConsumer } from '../pausable-consumer.js';
import { attemptOf, type JobData, type StoredJob } from './stored-job.js';

export class JobWorker extends PausableConsumer {
  #worker: Worker | undefined;
  /** Settles once the worker takes no more jobs and has finished those it had. */
  #running: Promise<void> | undefined;
  readonly #work: Work;
  readonly #failed: (error: unknown) => void;
  /** Holds jobs back during a pause. */
  #gate: { readonly opened: Promise<void>; open(): void } | undefined;

  constructor(work: Work, failed: (error: unknown) => void) {
    super();
    this.#work = work;
    this.#failed = failed;
  }

  /** @param worker whose processor is {@link process} */
  async begin(worker: Worker): Promise<void> {
    this.#worker = worker;
    await worker.waitUntilReady();
    this.#running = worker.run().catch(this.#failed);
  }

  /** A job that is being fetched when the pause begins waits at the gate until the end of the pause. */
  protected override onPause(): void {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
    this.#worker?.pause(true).catch(this.#failed);
  }

  protected override onResume(): void {
    this.#gate?.open();
    this.#gate = undefined;
    void this.#worker?.resume();
  }

  /** Not by a graceful close: without the engine it would never clear its timers, and a second close could not be forced. */
  protected override async onStop(): Promise<void> {
    this.#gate?.open();
    await this.#worker?.pause();
    await this.#running;
    await this.#worker?.close(true);
  }

  /** Releases what would otherwise stay open; the pause clears the timer that looks for stalled jobs. */
  async abandon(): Promise<void> {
    await Promise.all([this.#worker?.pause(true), this.#worker?.close(true)]);
  }

  async process(job: StoredJob, token = ''): Promise<void> {
    if (this.#gate !== undefined) await this.#gate.opened;
    const working = this.isStopped ? NOT_ATTEMPTED : this.#work(this.#deliveryOf(job));
    const outcome = working instanceof Promise ? await working : working;
    switch (outcome.type) {
      case 'done':
        return;
      case 'retry':
        await job.updateData({ ...job.data, failure: outcome.failure });
        return moveBack(job, token, outcome.after);
      case 'goBack':
        await job.updateData({ ...job.data, uncounted: (job.data.uncounted ?? 0) + 1 });
        return moveBack(job, token, outcome.after);
      case 'giveUp': {
        const { reason, failure } = outcome;
        await job.updateData({ ...job.data, reason, failure });
        throw new UnrecoverableError(failure.message);
      }
    }
  }

  #deliveryOf(job: Job<JobData>): QueueDelivery {
    const { id = '', data } = job;
    const { handler, body, expires } = data;
    return {
      id,
      handler,
      body,
      attempt: attemptOf(job),
      expired: expires !== undefined && expires <= Date.now(),
      progress: (fraction: number) => void job.updateProgress(fraction).catch(this.#failed),
      log: (line: string) => void job.log(line).catch(this.#failed),
    };
  }
}

/** The errors tell BullMQ that the processor has moved the job itself. */
async function moveBack(job: StoredJob, token: string, after: number): Promise<never> {
  if (after <= 0) {
    await job.moveToWait(token);
    throw new WaitingError();
  }
  await job.moveToDelayed(Math.ceil(Date.now() + after), token);
  throw new DelayedError();
}
