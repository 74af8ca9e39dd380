/** A message as BullMQ stores it. */
import type { Job, JobsOptions } from 'bullmq';
import type { DeathReason, Failure, OutgoingMessage } from '../../queue/queue-provider.js';
import { UNLIMITED_ATTEMPTS } from '../attempt-limit.js';

export interface JobData {
  readonly handler?: string | undefined;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly expires?: number | undefined;
  /** By what duplicates of it are recognised, and until when; in milliseconds since 1970. */
  readonly dedup?: { readonly key: string; readonly until: number };
  /** How many of its deliveries do not count as attempts. */
  readonly uncounted?: number;
  readonly reason?: DeathReason;
  readonly failure?: Failure;
}

export type StoredJob = Job<JobData>;

/** As it is added. */
export interface NewJob {
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
    data: {
      handler,
      body,
      ...(ttl === undefined ? {} : { expires: Date.now() + ttl }),
      ...(dedup === undefined
        ? {}
        : { dedup: { key: dedup.key, until: Date.now() + dedup.window } }),
    },
    opts: {
      jobId: id,
      attempts: UNLIMITED_ATTEMPTS,
      ...(delay > 0 ? { delay: Math.ceil(delay) } : {}),
      // Until the job is finished, or for its window from when it is begun.
      ...(dedup === undefined ? {} : { deduplication: { id: dedup.key } }),
    },
  };
}

export function prioritizedJob(message: OutgoingMessage): NewJob {
  const job = plainJob(message);
  const { priority = 0 } = message;
  return { ...job, opts: { ...job.opts, priority: MIDDLE_RANK - Math.round(priority) } };
}

/** The delivery in progress included. */
export function attemptOf(started: number, { uncounted = 0 }: JobData): number {
  return started - uncounted;
}

/** What a job holds. Another program may have stored anything: its body is what it has stored, which no worker can read. */
export function readData(known: unknown): JobData {
  if (isRecord(known) && typeof known['body'] === 'string') return ownPart(known);
  const body = JSON.stringify(known) ?? '';
  return isRecord(known) ? { ...ownPart(known), body } : { body };
}

function ownPart(data: Readonly<Record<string, unknown>>): JobData {
  const { handler, body, expires, dedup, uncounted, reason, failure } = data;
  return {
    body: body as string,
    ...(typeof handler === 'string' ? { handler } : {}),
    ...(typeof expires === 'number' ? { expires } : {}),
    ...(isRecord(dedup) && typeof dedup['key'] === 'string' ? { dedup: dedup as never } : {}),
    ...(typeof uncounted === 'number' ? { uncounted } : {}),
    ...(typeof reason === 'string' ? { reason: reason as DeathReason } : {}),
    ...(isRecord(failure) && typeof failure['message'] === 'string'
      ? { failure: failure as unknown as Failure }
      : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
