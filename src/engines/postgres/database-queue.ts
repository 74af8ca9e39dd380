/** One queue in PostgreSQL, with connections of its own. */
import type { Client, Pool } from 'pg';
import type { CarillonError } from '../../../decorators/carillon-error.js';
import type {
  ConsumeOptions,
  Consumption,
  EnqueueOptions,
  EnqueueResult,
  Inbox,
  OutgoingMessage,
  ProviderContext,
  ProviderQueue,
  Work,
} from '../../queue/queue-provider.js';
import { type MessageSource, PullConsumer } from '../pull-consumer.js';
import { queueTrouble } from '../queue-trouble.js';
import type { Connections } from './connections.js';
import { MessageRows, type PostgresClaimOptions, type PostgresMessage } from './message-rows.js';
import { PostgresDeadLetters } from './postgres-dead-letters.js';
import { preparedSql, type RunSql, sqlOf, transactionSql } from './run-sql.js';

/** In milliseconds. */
interface DatabaseTimes {
  readonly poll: number;
  readonly lease: number;
  readonly keepDone: number;
}

/** What the queue works with. */
interface DatabaseQueueDependencies {
  readonly connections: Connections;
  readonly pool: Pool;
  readonly queue: string;
  readonly context: ProviderContext;
  readonly times: DatabaseTimes;
}

/** Milliseconds between two deletions of what is no longer needed. */
const SWEEP = 10_000;

export class DatabaseQueue implements ProviderQueue {
  readonly deadLetters: PostgresDeadLetters;
  readonly inbox: Inbox;
  readonly #connections: Connections;
  readonly #pool: Pool;
  readonly #queue: string;
  readonly #context: ProviderContext;
  readonly #times: DatabaseTimes;
  readonly #rows: MessageRows;
  readonly #run: RunSql;
  #consumer: PullConsumer<PostgresMessage> | undefined;
  #listener: Client | undefined;
  #lastSweep = Date.now();
  #closing: Promise<void> | undefined;

  constructor({ connections, pool, queue, context, times }: DatabaseQueueDependencies) {
    this.#connections = connections;
    this.#pool = pool;
    this.#queue = queue;
    this.#context = context;
    this.#times = times;
    pool.on('error', (cause) => this.#report(cause));
    const run = preparedSql(pool);
    this.#run = run;
    const rows = new MessageRows(run, queue);
    this.#rows = rows;
    this.deadLetters = new PostgresDeadLetters(sqlOf(pool), queue);
    this.inbox = {
      has: (key) => rows.isRemembered(key),
      add: async (key, window) => {
        await rows.remember('inbox', key, window);
      },
    };
  }

  async enqueue(
    messages: readonly OutgoingMessage[],
    { transaction }: EnqueueOptions = {},
  ): Promise<readonly EnqueueResult[]> {
    if (transaction !== undefined)
      return this.#rows.enqueue(messages, transactionSql(transaction, this.#queue));
    // A single statement is a transaction of its own.
    if (messages.every(({ dedup }) => dedup === undefined))
      return this.#rows.enqueue(messages, this.#run);
    return this.#enqueueOnce(messages);
  }

  async consume(options: ConsumeOptions, work: Work): Promise<Consumption> {
    const { poll, lease } = this.#times;
    const { concurrency, onRetry } = options;
    const claimant = { owner: globalThis.crypto.randomUUID(), lease, onRetry };
    await this.#listen();
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

  counts() {
    return this.#rows.counts();
  }

  async ping(): Promise<void> {
    try {
      await this.#pool.query('SELECT 1');
    } catch (cause) {
      throw this.#trouble('does not answer. See the cause', cause);
    }
  }

  cancel(id: string): Promise<boolean> {
    return this.#rows.cancel(id);
  }

  reschedule(id: string, delay: number): Promise<boolean> {
    return this.#rows.reschedule(id, delay);
  }

  status(id: string) {
    return this.#rows.status(id);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** In a transaction, because each deduplication key takes a statement. */
  async #enqueueOnce(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    const client = await this.#pool.connect();
    let isSound = false;
    try {
      await client.query('BEGIN');
      const results = await this.#rows.enqueue(messages, sqlOf(client));
      await client.query('COMMIT');
      isSound = true;
      return results;
    } finally {
      // A connection whose transaction is still open must not be used again.
      client.release(!isSound);
    }
  }

  #source(claimant: PostgresClaimOptions): MessageSource<PostgresMessage> {
    const rows = this.#rows;
    return {
      claim: async (room) => {
        if (this.#listener === undefined) await this.#listen();
        if (Date.now() - this.#lastSweep > SWEEP) {
          this.#lastSweep = Date.now();
          await rows.sweep(this.#times.keepDone);
        }
        return rows.claim(room(), claimant);
      },
      settle: (message, outcome) => rows.settle(message, outcome),
      renew: () => rows.renew(claimant.owner, claimant.lease),
      progress: (message, fraction) => rows.progress(message, fraction),
      log: (message, line) => rows.log(message, line),
    };
  }

  /** A connection that is lost is replaced at the next claim. */
  async #listen(): Promise<void> {
    const client = this.#connections.client();
    const gone = () => {
      if (this.#listener === client) this.#listener = undefined;
    };
    client.on('error', (cause) => {
      gone();
      this.#report(cause);
    });
    client.on('end', gone);
    client.on('notification', ({ payload }) => {
      if (payload === this.#queue) this.#consumer?.wake();
    });
    await client.connect();
    await client.query('LISTEN carillon');
    if (this.#closing === undefined) this.#listener = client;
    else await client.end();
  }

  async #close(): Promise<void> {
    await this.#connections.close([this.#listener?.end() ?? Promise.resolve(), this.#pool.end()]);
  }

  #report(cause: unknown): void {
    if (this.#closing !== undefined) return;
    this.#context.report(
      this.#trouble('has lost a connection. See the cause; it reconnects automatically', cause),
    );
  }

  #trouble(what: string, cause: unknown): CarillonError {
    return queueTrouble(`"${this.#queue}" on postgres`, `${what}.`, cause);
  }
}
