/** One queue on Redis: two connections that it shares, and one of its worker's own. */
import { Job, type Queue, type WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type {
  ConsumeOptions,
  Consumption,
  EnqueueResult,
  Inbox,
  MessageStatus,
  OutgoingMessage,
  ProviderContext,
  ProviderQueue,
  QueueCounts,
  Work,
} from '../../queue/queue-provider.js';
import { settledWithin } from '../../scope/deadline.js';
import { UNLIMITED_ATTEMPTS } from '../attempt-limit.js';
import { FailedJobs } from './failed-jobs.js';
import { JobWorker } from './job-worker.js';
import { PatientWorker } from './patient-worker.js';
import { disconnectAll } from './redis-connection.js';
import { RedisDeadLetters } from './redis-dead-letters.js';
import { explainConnection, isRefusal, type RedisTrouble, safeError } from './redis-trouble.js';
import type { OpenRedis } from './shared-redis.js';
import {
  attemptOf,
  type JobData,
  type NewJob,
  plainJob,
  prioritizedJob,
  readData,
  type StoredJob,
} from './stored-job.js';

/** The options of a queue, complete. */
export interface JobQueueOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly lease: number;
  readonly patience: number;
  readonly keepDone: number;
  readonly priorities: boolean;
}

/** What the queue works with. */
interface JobQueueDependencies {
  readonly queue: Queue<JobData>;
  readonly redis: OpenRedis;
  readonly options: JobQueueOptions;
  readonly context: ProviderContext;
  readonly trouble: RedisTrouble;
}

/** How many jobs are sent in one request: Redis stores them while the client writes the next. */
const BULK = 10;

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

/** BullMQ's states of a job that waits. */
const WAITING_STATES = ['wait', 'waiting', 'prioritized', 'paused', 'delayed'];

export class JobQueue implements ProviderQueue {
  readonly deadLetters: RedisDeadLetters;
  readonly inbox: Inbox;
  readonly #queue: Queue<JobData>;
  /** The connection of the queue. */
  readonly #client: Redis;
  readonly #redis: OpenRedis;
  readonly #options: JobQueueOptions;
  readonly #context: ProviderContext;
  readonly #trouble: RedisTrouble;
  /** Those for blocking reads. */
  readonly #blocking: Redis[] = [];
  #worker: JobWorker | undefined;
  #closing: Promise<void> | undefined;

  constructor({ queue, redis, options, context, trouble }: JobQueueDependencies) {
    const client = redis.commands;
    this.#queue = queue;
    this.#client = client;
    this.#redis = redis;
    this.#options = options;
    this.#context = context;
    this.#trouble = trouble;
    this.deadLetters = new RedisDeadLetters(new FailedJobs(queue, client), trouble);
    const keyOf = (key: string) => `${options.prefix}:${queue.name}:inbox:${key}`;
    this.inbox = {
      has: (key) => trouble.told(async () => (await client.exists(keyOf(key))) === 1),
      add: async (key, window) => {
        await trouble.told(() => client.set(keyOf(key), '1', 'PX', Math.ceil(window)));
      },
    };
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    const jobs = messages.map(this.#options.priorities ? prioritizedJob : plainJob);
    const adding: Promise<StoredJob[]>[] = [];
    for (let start = 0; start < jobs.length; start += BULK)
      adding.push(this.#add(jobs.slice(start, start + BULK)));
    const added = await Promise.all(adding).catch((error) => this.#notAdded(error, messages));
    // For a duplicate BullMQ returns the id of the stored job.
    return added
      .flat()
      .map(({ id }, index) => (id === messages[index]?.id ? 'accepted' : 'duplicate'));
  }

  async consume(options: ConsumeOptions, work: Work): Promise<Consumption> {
    const { prefix } = this.#options;
    const consumer = new JobWorker(
      work,
      (cause) => this.#report(cause),
      (key, time) => this.#client.pexpire(`${prefix}:${this.#queue.name}:de:${key}`, time),
    );
    this.#worker = consumer;
    try {
      const { client, copiesOf } = await this.#redis.work();
      if (this.#closing !== undefined) throw new Error('it was closed meanwhile');
      let begun: Promise<void> | undefined;
      const copies = copiesOf(() => {
        begun = consumer.begin(this.#newWorker(client, consumer, options));
      });
      this.#blocking.push(...copies);
      await begun;
      if (this.#closing !== undefined) throw new Error('it was closed meanwhile');
    } catch (error) {
      void consumer.abandon();
      await this.#disconnectWorker();
      throw this.#trouble.error(error, `could not be opened. ${explainConnection(error)}`);
    }
    return {
      pause: () => consumer.pause(),
      resume: () => consumer.resume(),
      stop: async () => {
        await consumer.stop();
        await this.#disconnectWorker();
      },
    };
  }

  async counts(): Promise<QueueCounts> {
    const {
      waiting = 0,
      paused = 0,
      prioritized = 0,
      delayed = 0,
      active = 0,
      failed = 0,
    } = await this.#trouble.told(() => this.#queue.getJobCounts());
    return { waiting: waiting + paused + prioritized, delayed, active, dead: failed };
  }

  /** Of each list the one that comes first: what has a priority has a list of its own. */
  async oldest(): Promise<number | undefined> {
    const ages = await this.#trouble.told(() =>
      Promise.all(
        (['waiting', 'prioritized'] as const).map(async (list) => {
          const [job] = await this.#queue.getJobs(list, 0, 0, true);
          return job === undefined ? [] : [Date.now() - job.timestamp];
        }),
      ),
    );
    const [first, ...others] = ages.flat();
    return first === undefined ? undefined : Math.max(0, first, ...others);
  }

  async ping(): Promise<void> {
    await this.#trouble.told(() => this.#client.ping());
  }

  async isServed(): Promise<boolean> {
    return (await this.#trouble.told(() => this.#queue.getWorkersCount())) > 0;
  }

  cancel(id: string): Promise<boolean> {
    return this.#trouble.told(async () => {
      const job = await this.#job(id);
      if (job === undefined || !WAITING_STATES.includes(await job.getState())) return false;
      try {
        await job.remove();
        return true;
      } catch (error) {
        if (isRefusal(error)) throw error;
        // A worker took it first.
        return false;
      }
    });
  }

  status(id: string): Promise<MessageStatus | undefined> {
    return this.#trouble.told(async () => {
      const job = await this.#job(id);
      if (job === undefined) return;
      const [state, { logs }] = await Promise.all([job.getState(), this.#queue.getJobLogs(id)]);
      // It was removed between the two reads.
      if (state === 'unknown') return;
      const data = readData(job.data);
      return {
        state: stateOf(state),
        attempt: attemptOf(job.attemptsStarted, data),
        progress: state === 'completed' ? 1 : Number(job.progress),
        log: logs,
        failure: data.failure,
      };
    });
  }

  /** BullMQ keeps lists and sets beside the jobs, under names that may be asked for as ids. */
  async #job(id: string): Promise<StoredJob | undefined> {
    try {
      return await Job.fromId<JobData>(this.#queue, id);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A pipeline of ioredis carries a copy of every script of BullMQ: a single job goes without one, at half the cost. */
  async #add(jobs: readonly NewJob[]): Promise<StoredJob[]> {
    const [first] = jobs;
    if (first === undefined || jobs.length > 1) return this.#queue.addBulk([...jobs]);
    return [await this.#queue.add(first.name, first.data, first.opts)];
  }

  /** Of several messages some may have been stored. */
  #notAdded(error: unknown, messages: readonly OutgoingMessage[]): never {
    if (messages.length === 1 && isRefusal(error)) throw this.#trouble.error(error, 'is refused.');
    throw safeError(error);
  }

  async #close(): Promise<void> {
    // A graceful stop has come before, if the engine was there.
    await settledWithin(this.#context.clock, CLOSING, [
      this.#disconnectWorker(),
      this.#redis.leave(),
      this.#worker?.abandon() ?? Promise.resolve(),
      this.#queue.close(),
    ]);
  }

  #newWorker(client: Redis, consumer: JobWorker, options: ConsumeOptions): PatientWorker {
    const worker = new PatientWorker(
      this.#queue.name,
      (job, token) => consumer.process(job, token),
      this.#workerOptions(client, options),
      { clock: this.#context.clock, answered: () => this.#trouble.recovered() },
    );
    worker.on('error', (cause) => this.#report(cause));
    return worker;
  }

  #workerOptions(client: Redis, { concurrency, rateLimit }: ConsumeOptions): WorkerOptions {
    const { lease, prefix, keepDone } = this.#options;
    return {
      connection: client,
      prefix,
      concurrency,
      autorun: false,
      lockDuration: lease,
      stalledInterval: Math.ceil(lease / 2),
      maxStalledCount: UNLIMITED_ATTEMPTS,
      removeOnComplete: { age: Math.ceil(keepDone / 1000) },
      // Milliseconds after a failure; the default would also delay the end.
      runRetryDelay: 500,
      // Seconds of one blocking read, which a new job ends. Many idle queues cost what they ask each time.
      drainDelay: 5,
      ...(rateLimit === undefined
        ? {}
        : { limiter: { max: rateLimit.max, duration: rateLimit.per } }),
    };
  }

  async #disconnectWorker(): Promise<void> {
    const clients = this.#blocking.splice(0);
    const disconnected = disconnectAll(clients);
    for (const client of clients) {
      // A worker whose pause waits for the engine reconnects once the wait is ended …
      client.connect = () => Promise.reject(new Error('it was disconnected for good'));
      // … and one that is closed disconnects again, which sets a timer although nothing is connected.
      client.disconnect = () => undefined;
    }
    await disconnected;
  }

  #report(cause: unknown): void {
    if (this.#closing !== undefined) return;
    const what = 'had trouble with its worker. See the cause; it reconnects automatically.';
    this.#trouble.report(cause, what);
  }
}

function stateOf(state: string): MessageStatus['state'] {
  if (state === 'completed') return 'done';
  if (state === 'failed') return 'dead';
  return state === 'active' || state === 'delayed' ? state : 'waiting';
}
