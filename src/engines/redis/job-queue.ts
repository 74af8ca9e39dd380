/** One queue on Redis: a connection for commands, and one more for its worker. */
import { Job, type Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
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
import { JobWorker } from './job-worker.js';
import { disconnectAll } from './redis-connection.js';
import { RedisDeadLetters } from './redis-dead-letters.js';
import { attemptOf, type JobData, jobOf, NO_LIMIT, type StoredJob } from './stored-job.js';

/** With nothing left out. */
export interface JobQueueOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly lease: number;
  readonly patience: number;
  readonly keepDone: number;
  readonly priorities: boolean;
}

/** So many are sent at once: Redis stores them while the client writes the next. */
const TOGETHER = 10;

/** BullMQ's own states of what waits. */
const WAITING = ['wait', 'waiting', 'prioritized', 'paused', 'delayed'];

export class JobQueue implements ProviderQueue {
  readonly deadLetters: RedisDeadLetters;
  readonly inbox: Inbox;
  readonly #queue: Queue<JobData>;
  readonly #client: Redis;
  readonly #connect: () => Redis;
  readonly #options: JobQueueOptions;
  readonly #context: ProviderContext;
  #worker: JobWorker | undefined;
  readonly #workerClients: Redis[] = [];
  #closing: Promise<void> | undefined;

  constructor(
    queue: Queue<JobData>,
    client: Redis,
    connect: () => Redis,
    options: JobQueueOptions,
    context: ProviderContext,
  ) {
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
    const { priorities } = this.#options;
    const adding: Promise<StoredJob[]>[] = [];
    for (let at = 0; at < messages.length; at += TOGETHER) {
      const jobs = messages.slice(at, at + TOGETHER).map((message) => jobOf(message, priorities));
      adding.push(this.#queue.addBulk(jobs));
    }
    const jobs = (await Promise.all(adding)).flat();
    // Of a duplicate it is the id of the one that is there.
    return jobs.map(({ id }, index) => (id === messages[index]?.id ? 'accepted' : 'duplicate'));
  }

  async consume({ concurrency, rateLimit }: ConsumeOptions, work: Work): Promise<Consumption> {
    const { lease, prefix, keepDone } = this.#options;
    const client = this.#connectWorker();
    const consumer = new JobWorker(work, (cause) => this.#report(cause));
    this.#worker = consumer;
    try {
      await client.connect();
      const worker = new Worker<JobData>(
        this.#queue.name,
        (job, token) => consumer.process(job, token),
        {
          connection: client,
          prefix,
          concurrency,
          autorun: false,
          lockDuration: lease,
          stalledInterval: Math.ceil(lease / 2),
          maxStalledCount: NO_LIMIT,
          removeOnComplete: { age: Math.ceil(keepDone / 1000) },
          // After a failure; what it is by default would hold up the end as well.
          runRetryDelay: 500,
          // Seconds of one read.
          drainDelay: 1,
          ...(rateLimit === undefined
            ? {}
            : { limiter: { max: rateLimit.max, duration: rateLimit.per } }),
        },
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
    if (job === undefined || !WAITING.includes(await job.getState())) return false;
    try {
      await job.remove();
      return true;
    } catch {
      // A worker was quicker.
      return false;
    }
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    const job = await Job.fromId<JobData>(this.#queue, id);
    if (job === undefined) return undefined;
    const [state, { logs }] = await Promise.all([job.getState(), this.#queue.getJobLogs(id)]);
    // It was forgotten meanwhile.
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
    const disconnected = Promise.all([disconnectAll([this.#client]), this.#disconnectWorker()]);
    // Gracefully it has been stopped before, if the engine was there.
    const closing = Promise.allSettled([
      disconnected,
      this.#worker?.abandon(),
      this.#queue.close(),
    ]);
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = setTimer(this.#context.clock, resolve, 500);
    });
    await Promise.race([closing, late]);
    clearTimer(this.#context.clock, timer);
  }

  /** BullMQ duplicates the connection for its blocking reads, and would let go of that only once the engine answers. */
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
      // A worker whose pause has waited for the engine connects again once it is told that this is over …
      client.connect = () => Promise.reject(new Error('it was disconnected for good'));
      // … and one that is closed disconnects again, which sets a timer where nothing is connected.
      client.disconnect = () => undefined;
    }
    await disconnected;
  }

  #report(cause: unknown): void {
    if (this.#closing !== undefined) return;
    const text = `Queue "${this.#options.queue}" on redis had trouble with its worker. See the cause; it connects again by itself.`;
    this.#context.report(new CarillonError('CAR5018', text, { cause }));
  }
}

function stateOf(state: string): MessageStatus['state'] {
  if (state === 'completed') return 'done';
  if (state === 'failed') return 'dead';
  return state === 'active' || state === 'delayed' ? state : 'waiting';
}
