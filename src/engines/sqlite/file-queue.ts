/** One queue in a SQLite file, with a connection of its own; its workers share another one. */
import type Database from 'libsql';
import type {
  ConsumeOptions,
  Consumption,
  EnqueueResult,
  Inbox,
  MessageStatus,
  OnRetry,
  Outcome,
  OutgoingMessage,
  ProviderContext,
  ProviderQueue,
  QueueCounts,
  Work,
} from '../../queue/queue-provider.js';
import { type Claim, type ClaimSize, type MessageSource, PullConsumer } from '../pull-consumer.js';
import { FileTrouble } from './file-trouble.js';
import { giveBackRoom } from './free-pages.js';
import type { SqliteClaimOptions, SqliteMessage } from './message-claims.js';
import { MessageTable } from './message-table.js';
import type { OpenFile, PreparedFile } from './open-file.js';
import { type SharedFile, SWEEP } from './shared-file.js';
import { SqliteDeadLetters } from './sqlite-dead-letters.js';
import { Statements } from './statements.js';
import { WorkerTable } from './worker-table.js';
import { WriteBatch, type WriteOptions } from './write-batch.js';

/** In milliseconds. */
interface FileTimes {
  readonly poll: number;
  readonly lease: number;
  readonly keepDone: number;
  readonly patience: number;
}

/** What the queue works with. */
interface FileQueueDependencies {
  readonly opened: PreparedFile;
  readonly shared: SharedFile;
  readonly queue: string;
  readonly context: ProviderContext;
  readonly times: FileTimes;
}

/** The leases that the next write extends, and which of them are another worker's by then. */
interface Renewal {
  readonly messages: Set<SqliteMessage>;
  readonly stored: Promise<readonly SqliteMessage[]>;
}

/** Outcomes and leases. */
const KEPT: WriteOptions<never> = { isKept: true, isOwn: true };

const NOTHING: Claim<SqliteMessage> = { messages: [] };

export class SqliteFileQueue implements ProviderQueue {
  readonly deadLetters: SqliteDeadLetters;
  readonly inbox: Inbox;
  readonly #database: Database.Database;
  readonly #file: OpenFile;
  readonly #shared: SharedFile;
  readonly #queue: string;
  readonly #context: ProviderContext;
  readonly #times: FileTimes;
  readonly #table: MessageTable;
  readonly #workers: WorkerTable;
  readonly #trouble: FileTrouble;
  readonly #writes: WriteBatch;
  #consumer: PullConsumer<SqliteMessage> | undefined;
  #leave: (() => Promise<void>) | undefined;
  #finishing: { readonly messages: SqliteMessage[]; readonly stored: Promise<void> } | undefined;
  #renewing: Renewal | undefined;
  #nextDue = 0;
  #isSweepDue = false;

  constructor({ opened, shared, queue, context, times }: FileQueueDependencies) {
    const { database, file } = opened;
    this.#shared = shared;
    this.#database = database;
    this.#file = file;
    this.#queue = queue;
    this.#context = context;
    this.#times = times;
    const statements = new Statements(database);
    const trouble = new FileTrouble(queue, times.patience);
    this.#table = new MessageTable(statements, queue);
    this.#workers = new WorkerTable(statements);
    this.#trouble = trouble;
    this.#writes = new WriteBatch({
      database,
      file,
      trouble,
      clock: context.clock,
      patience: times.patience,
    });
    this.deadLetters = new SqliteDeadLetters({
      statements,
      queue,
      table: this.#table,
      writes: this.#writes,
      trouble,
      changed: () => this.#changed(),
    });
    this.inbox = {
      has: (key) => trouble.told(() => this.#table.isRemembered('inbox', key)),
      add: (key, window) => this.#writes.add(() => this.#table.remember('inbox', key, window)),
    };
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    const results = await this.#writes.add(() => this.#table.enqueue(messages));
    this.#changed();
    return results;
  }

  async consume(options: ConsumeOptions, work: Work): Promise<Consumption> {
    const { lease, poll } = this.#times;
    const { concurrency, onRetry, rateLimit, mayRepeat } = options;
    const owner = globalThis.crypto.randomUUID().slice(0, 8);
    const claimant = { owner, lease, poll, rateLimit };
    this.#nextDue = 0;
    let consumer: PullConsumer<SqliteMessage> | undefined;
    const wake = () => {
      this.#nextDue = 0;
      consumer?.wake();
    };
    const sweep = () => {
      this.#isSweepDue = true;
      wake();
    };
    const worker = { queue: this.#queue, owner, wake, sweep };
    const ended = await this.#shared.add(worker, this.#context.clock);
    this.#leave = ended;
    consumer = new PullConsumer({
      queue: this.#queue,
      source: this.#source(claimant, onRetry),
      context: this.#context,
      work,
      concurrency,
      mayRepeat,
      poll: Math.max(poll, SWEEP),
      pause: poll,
      lease,
      ended,
    });
    this.#consumer = consumer;
    return consumer;
  }

  async counts(): Promise<QueueCounts> {
    return this.#trouble.told(() => this.#table.counts());
  }

  async oldest(): Promise<number | undefined> {
    return this.#trouble.told(() => this.#table.oldest());
  }

  async ping(): Promise<void> {
    this.#trouble.told(() => {
      this.#file.check();
      this.#table.counts();
    });
  }

  async isServed(): Promise<boolean> {
    return this.#trouble.told(() => this.#workers.isServed(this.#queue));
  }

  /** Others of its ordering key may no longer have to wait. */
  async cancel(id: string): Promise<boolean> {
    const found = await this.#writes.add(() => this.#table.cancel(id));
    this.#changed();
    return found;
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    const found = await this.#writes.add(() => this.#table.reschedule(id, delay));
    this.#changed();
    return found;
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    return this.#trouble.told(() => this.#table.status(id));
  }

  async close(): Promise<void> {
    if (!this.#database.open) return;
    this.#writes.close();
    this.#database.close();
    void this.#leave?.();
    await this.#shared.release();
  }

  /** Outcomes and leases are tried again until they are stored. */
  #source(claimant: SqliteClaimOptions, onRetry: OnRetry): MessageSource<SqliteMessage> {
    return {
      inOrder: true,
      claim: (room) => this.#claim(room, claimant),
      settle: (message: SqliteMessage, outcome: Outcome, behind) => {
        this.#nextDue = 0;
        if (outcome.type === 'done') return this.#finish(message);
        const write = () => {
          this.#table.giveBack(behind);
          this.#table.settle(message, outcome, onRetry);
        };
        return this.#writes.add(write, KEPT);
      },
      giveBack: (messages) => {
        this.#nextDue = 0;
        return this.#writes.add(() => this.#table.giveBack(messages), KEPT);
      },
      renew: (messages) => this.#renew(messages),
      progress: (message, fraction) =>
        this.#writes.add(() => this.#table.progress(message, fraction)),
      log: (message, line) => this.#writes.add(() => this.#table.log(message, line)),
    };
  }

  /** In one write with all messages that are done before it is made. */
  #finish(message: SqliteMessage): Promise<void> {
    let finishing = this.#finishing;
    if (finishing === undefined) {
      const messages: SqliteMessage[] = [];
      const write = () => {
        this.#finishing = undefined;
        this.#table.finish(messages);
      };
      const stored = this.#writes.add(write, KEPT);
      finishing = { messages, stored };
      this.#finishing = finishing;
      const over = () => {
        if (this.#finishing === finishing) this.#finishing = undefined;
      };
      stored.catch(over);
    }
    finishing.messages.push(message);
    return finishing.stored;
  }

  /** Before any claim, which would give out again what this worker has kept through a lock. */
  #renew(messages: readonly SqliteMessage[]): Promise<readonly SqliteMessage[]> {
    if (this.#renewing !== undefined) {
      for (const message of messages) this.#renewing.messages.add(message);
      return this.#renewing.stored;
    }
    const { lease } = this.#times;
    const all = new Set(messages);
    const write = () => this.#table.renew([...all], lease);
    const stored = this.#writes.add(write, { ...KEPT, isFirst: true });
    this.#renewing = { messages: all, stored };
    const over = () => {
      this.#renewing = undefined;
    };
    stored.then(over, over);
    return stored;
  }

  /** Reads nothing unless this process has written, a look over all queues has found something here, or a message has become due. */
  async #claim(room: () => ClaimSize, claimant: SqliteClaimOptions): Promise<Claim<SqliteMessage>> {
    const now = Date.now();
    const until = this.#isSweepDue ? 0 : this.#nextDue;
    if (now < until) {
      this.#trouble.told(() => this.#file.check());
      return { messages: [], next: until - now };
    }
    // Writes from now on are not covered by this claim.
    this.#nextDue = Number.POSITIVE_INFINITY;
    let next = 0;
    try {
      const skip = () => (room().count > 0 ? undefined : NOTHING);
      const claim = await this.#writes.add(() => this.#sweepAndClaim(room, claimant), {
        skip,
        isOwn: true,
      });
      if (claim !== NOTHING) next = this.#timeToNext(claim, claimant);
      return { ...claim, next };
    } finally {
      this.#nextDue = Math.min(this.#nextDue, Date.now() + next);
    }
  }

  #sweepAndClaim(room: () => ClaimSize, claimant: SqliteClaimOptions): Claim<SqliteMessage> {
    if (this.#isSweepDue) {
      const isMore = this.#table.sweep(this.#times.keepDone);
      const isLarge = giveBackRoom(this.#database);
      this.#isSweepDue = isMore || isLarge;
    }
    return this.#table.claim(room(), claimant);
  }

  /** A rate that is used up, and a sweep that is not over, are looked at again. */
  #timeToNext({ messages, next }: Claim<SqliteMessage>, { rateLimit }: SqliteClaimOptions): number {
    if (messages.length > 0 || this.#isSweepDue) return 0;
    const wait = rateLimit === undefined ? Number.POSITIVE_INFINITY : this.#times.poll;
    return Math.min(next ?? Number.POSITIVE_INFINITY, wait);
  }

  #changed(): void {
    this.#nextDue = 0;
    this.#consumer?.wake();
  }
}
