/** The dead letters of one queue of BullMQ: its failed jobs. */
import { matchesFilter } from '../../queue/dead-letter-filter.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  Failure,
} from '../../queue/queue-provider.js';
import type { FailedJob, FailedJobs } from './failed-jobs.js';
import type { RedisTrouble } from './redis-trouble.js';
import { attemptOf, type StoredJob } from './stored-job.js';

/** The reason of a job that failed without an outcome of its worker. */
const NO_OUTCOME = 'failed';

/** How many jobs are changed in one round trip. */
const PORTION = 500;

export class RedisDeadLetters implements DeadLetterStore {
  readonly #jobs: FailedJobs;
  readonly #trouble: RedisTrouble;

  constructor(jobs: FailedJobs, trouble: RedisTrouble) {
    this.#jobs = jobs;
    this.#trouble = trouble;
  }

  async list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    return (await this.#select(filter)).map((job) => {
      const { handler, body, reason = NO_OUTCOME } = job.data;
      return {
        id: job.id,
        handler,
        event: job.name,
        body,
        reason,
        failure: failureOf(job),
        attempt: attemptOf(job.started, job.data),
        enqueuedAt: new Date(job.timestamp),
        diedAt: new Date(job.finishedOn),
      };
    });
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.#select(filter)).length;
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    return this.#changeAll(filter, async (job, { data }) => {
      // In that order on one connection.
      const changed = job.updateData({ handler: data.handler, body: data.body });
      const moved = job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      await Promise.all([changed, moved]);
    });
  }

  async edit(id: string, body: string): Promise<boolean> {
    const edited = await this.#changeAll({ ids: [id] }, (job, { data }) =>
      job.updateData({ ...data, body }),
    );
    return edited > 0;
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return this.#changeAll(filter, (job) => job.remove());
  }

  /** A portion is sent at once, and the next one when it is done. */
  async #changeAll(
    filter: DeadLetterFilter,
    change: (job: StoredJob, failed: FailedJob) => Promise<unknown>,
  ): Promise<number> {
    const found = await this.#select(filter);
    await this.#trouble.told(async () => {
      for (let start = 0; start < found.length; start += PORTION) {
        const portion = found.slice(start, start + PORTION);
        await Promise.all(portion.map((failed) => change(this.#jobs.job(failed), failed)));
      }
    });
    return found.length;
  }

  #select(filter: DeadLetterFilter): Promise<FailedJob[]> {
    return this.#trouble.told(async () => {
      const { ids, limit = Number.POSITIVE_INFINITY } = filter;
      const isAsked = (job: FailedJob) => matches(job, filter);
      if (ids === undefined) return this.#jobs.find(isAsked, limit);
      return (await this.#jobs.byId(ids)).filter(isAsked).slice(0, limit);
    });
  }
}

function failureOf({ data, failedReason }: FailedJob): Failure {
  return data.failure ?? { name: 'Error', message: failedReason };
}

function matches(job: FailedJob, filter: DeadLetterFilter): boolean {
  const { id, name: event, finishedOn: died } = job;
  const { handler, reason = NO_OUTCOME } = job.data;
  return matchesFilter({ id, event, handler, reason, failure: failureOf(job), died }, filter);
}
