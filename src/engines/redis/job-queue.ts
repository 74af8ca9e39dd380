/** One queue on Redis: a connection for commands, and one more for its worker. */
import { Job, type Queue, Worker, type WorkerOptions } from 'bullmq';
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
import { queueTrouble } from '../queue-trouble.js';
import { JobWorker } from './job-worker.js';
import { disconnectAll } from './redis-connection.js';
import { RedisDeadLetters } from './redis-dead-letters.js';
import { attemptOf, type JobData, plainJob, prioritizedJob, type StoredJob } from './stored-job.js';

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
  /** The connection of `queue`. */
  readonly client: Redis;
  /** Makes a client that is not connected yet. */
  connect(): Redis;
  readonly options: JobQueueOptions;
  readonly context: ProviderContext;
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
  readonly #client: Redis;
  readonly #connect: () => Redis;
  readonly #options: JobQueueOptions;
  readonly #context: ProviderContext;
  readonly #workerClients: Redis[] = [];
  #worker: JobWorker | undefined;
  #closing: Promise<void> | undefined;

  constructor({ queue, client, connect, options, context }: JobQueueDependencies) {
    this.#queue = queue;
    this.#client = client;
    this.#connect = connect;
    this.#options = options;
    this.#context = context;
    this.deadLetters = new RedisDeadLetters(queue);
    const keyOf = (key: string) => `${options.prefix}:${queue.name}:inbox:${key}`;
    this.inbox = {
      has: async (key) => (await client.exists(keyOf(key))) === 1,
      add: async (key, window) => {
        await client.set(keyOf(key), '1', 'PX', Math.ceil(window));
      },
    };
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    const toJob = this.#options.priorities ? prioritizedJob : plainJob;
    const adding: Promise<StoredJob[]>[] = [];
    for (let start = 0; start < messages.length; start += BULK)
      adding.push(this.#queue.addBulk(messages.slice(start, start + BULK).map(toJob)));
    const jobs = (await Promise.all(adding)).flat();
    // For a duplicate BullMQ returns the id of the stored job.
    return jobs.map(({ id }, index) => (id === messages[index]?.id ? 'accepted' : 'duplicate'));
  }

  async consume(options: ConsumeOptions, work: Work): Promise<Consumption> {
    const client = this.#connectWorker();
    const consumer = new JobWorker(work, (cause) => this.#report(cause));
    this.#worker = consumer;
    try {
      await client.connect();
      const worker = new Worker<JobData>(
        this.#queue.name,
        (job, token) => consumer.process(job, token),
        this.#workerOptions(client, options),
      );
      worker.on('error', (cause) => this.#report(cause));
      await consumer.begin(worker);
      if (this.#closing !== undefined) throw new Error('it was closed meanwhile');
    } catch (error) {
      void consumer.abandon();
      await this.#disconnectWorker();
      throw error;
    }
    return consumer;
  }

  async counts(): Promise<QueueCounts> {
    const {
      waiting = 0,
      paused = 0,
      prioritized = 0,
      delayed = 0,
      active = 0,
      failed = 0,
    } = await this.#queue.getJobCounts();
    return { waiting: waiting + paused + prioritized, delayed, active, dead: failed };
  }

  async ping(): Promise<void> {
    await this.#client.ping();
  }

  async cancel(id: string): Promise<boolean> {
    const job = await Job.fromId<JobData>(this.#queue, id);
    if (job === undefined || !WAITING_STATES.includes(await job.getState())) return false;
    try {
      await job.remove();
      return true;
    } catch {
      // A worker took it first.
      return false;
    }
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    const job = await Job.fromId<JobData>(this.#queue, id);
    if (job === undefined) return undefined;
    const [state, { logs }] = await Promise.all([job.getState(), this.#queue.getJobLogs(id)]);
    // It was removed between the two reads.
    if (state === 'unknown') return undefined;
    const progress = state === 'completed' ? 1 : Number(job.progress);
    return {
      state: stateOf(state),
      attempt: attemptOf(job),
      progress,
      log: logs,
      failure: job.data.failure,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A graceful stop has come before, if the engine was there.
    await settledWithin(this.#context.clock, CLOSING, [
      disconnectAll([this.#client]),
      this.#disconnectWorker(),
      this.#worker?.abandon() ?? Promise.resolve(),
      this.#queue.close(),
    ]);
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
      // Seconds of one blocking read.
      drainDelay: 1,
      ...(rateLimit === undefined
        ? {}
        : { limiter: { max: rateLimit.max, duration: rateLimit.per } }),
    };
  }

  /** BullMQ duplicates the connection for its blocking reads, and would release the copy only once the engine answers. */
  #connectWorker(): Redis {
    const client = this.#connect();
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...options) => {
      const copy = duplicate(...options);
      this.#workerClients.push(copy);
      return copy;
    };
    this.#workerClients.push(client);
    return client;
  }

  async #disconnectWorker(): Promise<void> {
    const disconnected = disconnectAll(this.#workerClients);
    for (const client of this.#workerClients) {
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
    this.#context.report(queueTrouble(`"${this.#options.queue}" on redis`, what, cause));
  }
}

function stateOf(state: string): MessageStatus['state'] {
  if (state === 'completed') return 'done';
  if (state === 'failed') return 'dead';
  return state === 'active' || state === 'delayed' ? state : 'waiting';
}
