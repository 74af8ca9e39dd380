/** A message as BullMQ stores it. */
import type { Job, JobsOptions } from 'bullmq';
import type { DeathReason, Failure, OutgoingMessage } from '../../queue/queue-provider.js';
import { UNLIMITED_ATTEMPTS } from '../attempt-limit.js';

export interface JobData {
  readonly handler?: string | undefined;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly expires?: number | undefined;
  /** How many of its deliveries do not count as attempts. */
  readonly uncounted?: number;
  readonly reason?: DeathReason;
  readonly failure?: Failure;
}

export type StoredJob = Job<JobData>;

interface NewJob {
  readonly name: string;
  readonly data: JobData;
  readonly opts: JobsOptions;
}

/** The rank of priority 0, -100 to 100 being 201 to 1: in BullMQ a lower number comes earlier, and a job without one before all others. */
const MIDDLE_RANK = 101;

/** A job of a queue whose messages have no priorities. */
export function plainJob(message: OutgoingMessage): NewJob {
  const { id, handler, event, body, delay = 0, ttl, dedup } = message;
  return {
    name: event,
    data: { handler, body, ...(ttl === undefined ? {} : { expires: Date.now() + ttl }) },
    opts: {
      jobId: id,
      attempts: UNLIMITED_ATTEMPTS,
      ...(delay > 0 ? { delay: Math.ceil(delay) } : {}),
      ...(dedup === undefined
        ? {}
        : { deduplication: { id: dedup.key, ttl: Math.ceil(dedup.window) } }),
    },
  };
}

export function prioritizedJob(message: OutgoingMessage): NewJob {
  const job = plainJob(message);
  const { priority = 0 } = message;
  return { ...job, opts: { ...job.opts, priority: MIDDLE_RANK - Math.round(priority) } };
}

/** The delivery in progress included. */
export function attemptOf({ attemptsStarted, data }: StoredJob): number {
  return attemptsStarted - (data.uncounted ?? 0);
}
