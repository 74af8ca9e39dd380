/** Reads the failed jobs of a queue of BullMQ, in many fewer steps than BullMQ, which makes an object of each with all that it can do. */
import { Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type JobData, readData, type StoredJob } from './stored-job.js';

/** How many are read at once. */
const PORTION = 500;

const FIELDS = ['name', 'data', 'timestamp', 'finishedOn', 'failedReason', 'ats'] as const;

/** A job whose worker gave it up. */
export interface FailedJob {
  readonly id: string;
  readonly name: string;
  readonly data: JobData;
  /** Milliseconds since 1970, like {@link finishedOn}. */
  readonly timestamp: number;
  readonly finishedOn: number;
  readonly failedReason: string;
  /** How often it was begun. */
  readonly started: number;
}

export class FailedJobs {
  readonly #queue: Queue<JobData>;
  readonly #client: Redis;

  constructor(queue: Queue<JobData>, client: Redis) {
    this.#queue = queue;
    this.#client = client;
  }

  /** Those that match, the oldest first. Reads no more than it has to. */
  async find(matches: (job: FailedJob) => boolean, limit: number): Promise<FailedJob[]> {
    const key = this.#queue.toKey('failed');
    const found: FailedJob[] = [];
    let size = Math.min(limit, PORTION);
    let start = 0;
    while (found.length < limit) {
      const ids = await this.#client.zrange(key, start, start + size - 1);
      found.push(...(await this.#read(ids)).filter(matches));
      if (ids.length < size) break;
      start += size;
      size = Math.min(2 * size, PORTION);
    }
    return found.slice(0, limit);
  }

  async byId(ids: readonly string[]): Promise<FailedJob[]> {
    const key = this.#queue.toKey('failed');
    const asking = this.#client.pipeline();
    for (const id of ids) asking.zscore(key, id);
    const scores = await answersOf(asking);
    const failed = ids.filter((_, index) => scores[index] !== null);
    return (await this.#read(failed)).sort((a, b) => a.finishedOn - b.finishedOn);
  }

  /** What BullMQ can do with one. */
  job({ id, name, data }: FailedJob): StoredJob {
    return new Job<JobData>(this.#queue, name, data, {}, id);
  }

  /** Without those that were removed meanwhile. */
  async #read(ids: readonly string[]): Promise<FailedJob[]> {
    const reading = this.#client.pipeline();
    for (const id of ids) reading.hmget(this.#queue.toKey(id), ...FIELDS);
    const rows = (await answersOf(reading)) as (string | null)[][];
    return rows.flatMap((row, index) => {
      const [name, data, timestamp, finishedOn, failedReason, started] = row;
      if (typeof name !== 'string') return [];
      return {
        id: ids[index] ?? '',
        name,
        data: readData(parsed(data ?? 'null')),
        timestamp: Number(timestamp ?? 0),
        finishedOn: Number(finishedOn ?? 0),
        failedReason: failedReason ?? 'failed for no known reason',
        started: Number(started ?? 0),
      };
    });
  }
}

async function answersOf(pipeline: ReturnType<Redis['pipeline']>): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}

/** Another program may have stored what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
