/** One queue in a SQLite file, with a connection of its own. */
import type Database from 'libsql';
import type {
  ConsumeOptions,
  Consumption,
  EnqueueResult,
  Inbox,
  MessageStatus,
  Outcome,
  OutgoingMessage,
  ProviderContext,
  ProviderQueue,
  QueueCounts,
  Work,
} from '../../queue/queue-provider.js';
import { type Claim, type MessageSource, PullConsumer } from '../pull-consumer.js';
import type { SqliteClaimOptions, SqliteMessage } from './message-claims.js';
import { MessageTable } from './message-table.js';
import { SqliteDeadLetters } from './sqlite-dead-letters.js';
import { Statements } from './statements.js';
import { WriteBatch } from './write-batch.js';

/** In milliseconds. */
interface FileTimes {
  readonly poll: number;
  readonly lease: number;
  readonly keepDone: number;
}

/** Milliseconds between two deletions of what is no longer needed. */
const SWEEP = 10_000;

export class SqliteFileQueue implements ProviderQueue {
  readonly deadLetters: SqliteDeadLetters;
  readonly inbox: Inbox;
  readonly #database: Database.Database;
  readonly #queue: string;
  readonly #context: ProviderContext;
  readonly #times: FileTimes;
  readonly #table: MessageTable;
  readonly #writes: WriteBatch;
  readonly #readVersion: Database.Statement;
  #consumer: PullConsumer<SqliteMessage> | undefined;
  #finishing: { readonly messages: SqliteMessage[]; readonly stored: Promise<void> } | undefined;
  #version: unknown;
  #nextDue = 0;
  #lastSweep = Date.now();

  constructor(
    database: Database.Database,
    queue: string,
    context: ProviderContext,
    times: FileTimes,
  ) {
    this.#database = database;
    this.#queue = queue;
    this.#context = context;
    this.#times = times;
    this.#table = new MessageTable(new Statements(database), queue);
    this.#writes = new WriteBatch(database);
    this.#readVersion = database.prepare('PRAGMA data_version');
    this.deadLetters = new SqliteDeadLetters(database, queue, this.#writes, () => this.#changed());
    this.inbox = {
      has: (key) => this.#table.isRemembered('inbox', key),
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
    const { concurrency, onRetry, rateLimit } = options;
    const claimant = {
      owner: globalThis.crypto.randomUUID().slice(0, 8),
      lease,
      poll,
      onRetry,
      rateLimit,
    };
    this.#nextDue = 0;
    const consumer = new PullConsumer({
      queue: this.#queue,
      source: this.#source(claimant),
      context: this.#context,
      work,
      concurrency,
      poll,
      lease,
    });
    this.#consumer = consumer;
    return consumer;
  }

  async counts(): Promise<QueueCounts> {
    return this.#table.counts();
  }

  async ping(): Promise<void> {
    this.#database.prepare('SELECT 1').get();
  }

  cancel(id: string): Promise<boolean> {
    return this.#writes.add(() => this.#table.cancel(id));
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    const found = await this.#writes.add(() => this.#table.reschedule(id, delay));
    this.#changed();
    return found;
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    return this.#table.status(id);
  }

  async close(): Promise<void> {
    if (!this.#database.open) return;
    this.#writes.flush();
    this.#database.close();
  }

  #source(claimant: SqliteClaimOptions): MessageSource<SqliteMessage> {
    const { lease } = this.#times;
    return {
      inOrder: true,
      claim: (room) => this.#claim(room, claimant),
      settle: (message: SqliteMessage, outcome: Outcome) => {
        this.#nextDue = 0;
        if (outcome.type === 'done') return this.#finish(message);
        return this.#writes.add(() => this.#table.settle(message, outcome));
      },
      renew: (messages) => this.#writes.add(() => this.#table.renew(messages, lease)),
      progress: (message, fraction) =>
        this.#writes.add(() => this.#table.progress(message, fraction)),
      log: (message, line) => this.#writes.add(() => this.#table.log(message, line)),
    };
  }

  /** In one write with all messages that are done in this turn of the event loop. */
  #finish(message: SqliteMessage): Promise<void> {
    if (this.#finishing === undefined) {
      const messages: SqliteMessage[] = [];
      const stored = this.#writes.add(() => {
        this.#finishing = undefined;
        this.#table.finish(messages);
      });
      this.#finishing = { messages, stored };
    }
    this.#finishing.messages.push(message);
    return this.#finishing.stored;
  }

  /** Reads nothing if neither this process nor another one has written and no message has become due. */
  async #claim(room: () => number, claimant: SqliteClaimOptions): Promise<Claim<SqliteMessage>> {
    const { poll, keepDone } = this.#times;
    const now = Date.now();
    if (now < this.#nextDue) {
      const { data_version: version } = this.#readVersion.get() as { data_version: number };
      if (version === this.#version) return { messages: [], next: this.#nextDue - now };
      this.#version = version;
    }
    const sweeps = now - this.#lastSweep > SWEEP;
    if (sweeps) this.#lastSweep = now;
    // Writes from now on are not covered by this claim.
    this.#nextDue = Number.POSITIVE_INFINITY;
    const claim = await this.#writes.add(() => {
      if (sweeps) this.#table.sweep(keepDone);
      return this.#table.claim(room(), claimant);
    });
    const wait = claimant.rateLimit === undefined ? Number.POSITIVE_INFINITY : poll;
    const next =
      claim.messages.length > 0 ? 0 : Math.min(claim.next ?? Number.POSITIVE_INFINITY, wait);
    this.#nextDue = Math.min(this.#nextDue, Date.now() + next);
    return { ...claim, next };
  }

  #changed(): void {
    this.#nextDue = 0;
    this.#consumer?.wake();
  }
}
