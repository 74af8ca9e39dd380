/** The dead letters of one queue of BullMQ: its failed jobs. */
import { Job, type Queue } from 'bullmq';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  Failure,
} from '../../queue/queue-provider.js';
import { attemptOf, type JobData, type StoredJob } from './stored-job.js';

/** A job that failed without a word of ours. */
const UNKNOWN = 'failed';

export class RedisDeadLetters implements DeadLetterStore {
  constructor(private readonly queue: Queue<JobData>) {}

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return (await this.#chosen(filter)).map((job) => ({
      id: job.id ?? '',
      handler: job.data.handler,
      event: job.name,
      body: job.data.body,
      reason: job.data.reason ?? UNKNOWN,
      failure: jobFailure(job),
      attempt: attemptOf(job),
      enqueuedAt: new Date(job.timestamp),
      diedAt: new Date(job.finishedOn ?? 0),
    }));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.#chosen(filter)).length;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    const jobs = await this.#chosen(filter);
    for (const job of jobs) {
      const { handler, body } = job.data;
      await job.updateData({ handler, body });
      await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    }
    return jobs.length;
  }

  async edit(id: string, body: string): Promise<boolean> {
    const [job] = await this.#chosen({ ids: [id] });
    await job?.updateData({ ...job.data, body });
    return job !== undefined;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    const jobs = await this.#chosen(filter);
    for (const job of jobs) await job.remove();
    return jobs.length;
  }

  async #chosen(filter: DeadLetterFilter): Promise<StoredJob[]> {
    const { ids, limit } = filter;
    const jobs =
      ids === undefined
        ? await this.queue.getJobs(['failed'], 0, -1, true)
        : await this.#named(ids);
    return jobs.filter((job) => matches(job, filter)).slice(0, limit);
  }

  async #named(ids: readonly string[]): Promise<StoredJob[]> {
    const jobs = await Promise.all(ids.map((id) => Job.fromId<JobData>(this.queue, id)));
    return jobs
      .filter((job) => job?.finishedOn !== undefined && job.failedReason !== undefined)
      .sort((a, b) => (a?.finishedOn ?? 0) - (b?.finishedOn ?? 0)) as StoredJob[];
  }
}

function jobFailure({ data, failedReason }: StoredJob): Failure {
  return data.failure ?? { name: 'Error', message: failedReason };
}

function matches(
  job: StoredJob,
  { event, handler, reason, error, since, before }: DeadLetterFilter,
): boolean {
  const { name, code, message } = jobFailure(job);
  const died = job.finishedOn ?? 0;
  return (
    (event === undefined || event === job.name) &&
    (handler === undefined || handler === job.data.handler) &&
    (reason === undefined || reason === (job.data.reason ?? UNKNOWN)) &&
    (error === undefined || error === name || error === code || message.includes(error)) &&
    (since === undefined || died >= since.getTime()) &&
    (before === undefined || died < before.getTime())
  );
}
