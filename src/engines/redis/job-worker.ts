/** A worker of BullMQ, told by outcomes what becomes of each job. */
import { DelayedError, type Job, UnrecoverableError, WaitingError, type Worker } from 'bullmq';
import type { Consumption, Outcome, Work } from '../../queue/queue-provider.js';
import { attemptOf, type JobData, type StoredJob } from './stored-job.js';

/** Nothing was tried. */
const UNTOUCHED: Outcome = { type: 'goBack', after: 0 };

export class JobWorker implements Consumption {
  #worker: Worker | undefined;
  /** Settles once the worker takes nothing any more, and all that it had is done. */
  #running: Promise<void> | undefined;
  readonly #work: Work;
  readonly #failed: (error: unknown) => void;
  #gate: { readonly opened: Promise<void>; open(): void } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(work: Work, failed: (error: unknown) => void) {
    this.#work = work;
    this.#failed = failed;
  }

  /** @param worker whose processor is {@link process} */
  async begin(worker: Worker): Promise<void> {
    this.#worker = worker;
    await worker.waitUntilReady();
    this.#running = worker.run().catch(this.#failed);
  }

  /** What was being fetched meanwhile waits here until {@link resume}. */
  pause(): void {
    if (this.#gate !== undefined) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
    this.#worker?.pause(true).catch(this.#failed);
  }

  resume(): void {
    this.#gate?.open();
    this.#gate = undefined;
    void this.#worker?.resume();
  }

  stop(): Promise<void> {
    this.#gate?.open();
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Not by a close that waits: without the engine that would never come to its timers, and a second one could not be forced. */
  async #stop(): Promise<void> {
    await this.#worker?.pause();
    await this.#running;
    await this.#worker?.close(true);
  }

  /** Lets go of what does not end by itself; a pause ends the timer that looks for stalled jobs. */
  async abandon(): Promise<void> {
    await Promise.all([this.#worker?.pause(true), this.#worker?.close(true)]);
  }

  async process(job: StoredJob, token = ''): Promise<void> {
    if (this.#gate !== undefined) await this.#gate.opened;
    const working = this.#stopped === undefined ? this.#work(this.#deliveryOf(job)) : UNTOUCHED;
    const outcome = working instanceof Promise ? await working : working;
    switch (outcome.type) {
      case 'done':
        return;
      case 'retry':
        await job.updateData({ ...job.data, failure: outcome.failure });
        return putBack(job, token, outcome.after);
      case 'goBack':
        await job.updateData({ ...job.data, uncounted: (job.data.uncounted ?? 0) + 1 });
        return putBack(job, token, outcome.after);
      case 'giveUp': {
        const { reason, failure } = outcome;
        await job.updateData({ ...job.data, reason, failure });
        throw new UnrecoverableError(failure.message);
      }
    }
  }

  #deliveryOf(job: Job<JobData>) {
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

/** By its errors a processor says that it has moved the job itself. */
async function putBack(job: StoredJob, token: string, after: number): Promise<never> {
  if (after <= 0) {
    await job.moveToWait(token);
    throw new WaitingError();
  }
  await job.moveToDelayed(Math.ceil(Date.now() + after), token);
  throw new DelayedError();
}
