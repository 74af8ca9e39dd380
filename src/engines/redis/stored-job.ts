/** A message as BullMQ keeps it. */
import type { Job, JobsOptions } from 'bullmq';
import type { DeathReason, Failure, OutgoingMessage } from '../../queue/queue-provider.js';

export interface JobData {
  readonly handler?: string | undefined;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly expires?: number | undefined;
  /** How often it was given out and that did not count. */
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

/** More than any worker would try: when to give up is the worker's to say. */
export const NO_LIMIT = 1_000_000_000;

/** In BullMQ a lower number comes earlier, and none before all of them. */
const MIDDLE = 101;

export function jobOf(
  { id, handler, event, body, delay = 0, priority = 0, ttl, dedup }: OutgoingMessage,
  priorities: boolean,
): NewJob {
  return {
    name: event,
    data: { handler, body, ...(ttl === undefined ? {} : { expires: Date.now() + ttl }) },
    opts: {
      jobId: id,
      attempts: NO_LIMIT,
      ...(priorities ? { priority: MIDDLE - Math.round(priority) } : {}),
      ...(delay > 0 ? { delay: Math.ceil(delay) } : {}),
      ...(dedup === undefined
        ? {}
        : { deduplication: { id: dedup.key, ttl: Math.ceil(dedup.window) } }),
    },
  };
}

/** This time included, where it is in work. */
export function attemptOf({ attemptsStarted, data }: StoredJob): number {
  return attemptsStarted - (data.uncounted ?? 0);
}
