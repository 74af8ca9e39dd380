/** The dead letters of one queue of BullMQ: its failed jobs. */
import { Job, type Queue } from 'bullmq';
import { matchesFilter } from '../../queue/dead-letter-filter.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  Failure,
} from '../../queue/queue-provider.js';
import { attemptOf, type JobData, type StoredJob } from './stored-job.js';

/** The reason of a job that failed without an outcome of its worker. */
const NO_OUTCOME = 'failed';

export class RedisDeadLetters implements DeadLetterStore {
  readonly #queue: Queue<JobData>;

  constructor(queue: Queue<JobData>) {
    this.#queue = queue;
  }

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return (await this.#select(filter)).map((job) => ({
      id: job.id ?? '',
      handler: job.data.handler,
      event: job.name,
      body: job.data.body,
      reason: job.data.reason ?? NO_OUTCOME,
      failure: jobFailure(job),
      attempt: attemptOf(job),
      enqueuedAt: new Date(job.timestamp),
      diedAt: new Date(job.finishedOn ?? 0),
    }));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.#select(filter)).length;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    const jobs = await this.#select(filter);
    for (const job of jobs) {
      const { handler, body } = job.data;
      await job.updateData({ handler, body });
      await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    }
    return jobs.length;
  }

  async edit(id: string, body: string): Promise<boolean> {
    const [job] = await this.#select({ ids: [id] });
    await job?.updateData({ ...job.data, body });
    return job !== undefined;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    const jobs = await this.#select(filter);
    for (const job of jobs) await job.remove();
    return jobs.length;
  }

  async #select(filter: DeadLetterFilter): Promise<StoredJob[]> {
    const { ids, limit } = filter;
    const jobs =
      ids === undefined
        ? await this.#queue.getJobs(['failed'], 0, -1, true)
        : await this.#byId(ids);
    return jobs.filter((job) => matches(job, filter)).slice(0, limit);
  }

  async #byId(ids: readonly string[]): Promise<StoredJob[]> {
    const jobs = await Promise.all(ids.map((id) => Job.fromId<JobData>(this.#queue, id)));
    return jobs
      .filter((job) => job?.finishedOn !== undefined && job.failedReason !== undefined)
      .sort((a, b) => (a?.finishedOn ?? 0) - (b?.finishedOn ?? 0)) as StoredJob[];
  }
}

function jobFailure({ data, failedReason }: StoredJob): Failure {
  return data.failure ?? { name: 'Error', message: failedReason };
}

function matches(job: StoredJob, filter: DeadLetterFilter): boolean {
  const { handler, reason = NO_OUTCOME } = job.data;
  const facts = { id: job.id ?? '', event: job.name, handler, reason };
  return matchesFilter({ ...facts, failure: jobFailure(job), died: job.finishedOn ?? 0 }, filter);
}
