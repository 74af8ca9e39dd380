/** One queue in PostgreSQL, on the connections of its provider. */
import { CarillonError } from '../../../decorators/carillon-error.js';
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
import { Pauses, RECONNECT } from '../pauses.js';
import { type MessageSource, PullConsumer } from '../pull-consumer.js';
import { queueTrouble } from '../queue-trouble.js';
import { JoinedTransaction } from './joined-transaction.js';
import { MessageClaims, type PostgresMessage } from './message-claims.js';
import { MessageRows } from './message-rows.js';
import { PostgresDeadLetters } from './postgres-dead-letters.js';
import { isPassing, PostgresError } from './postgres-error.js';
import type { OpenDatabase } from './shared-database.js';

/** In milliseconds. */
export interface DatabaseTimes {
  readonly poll: number;
  readonly lease: number;
  readonly keepDone: number;
}

/** What the queue works with. */
interface DatabaseQueueDependencies {
  readonly database: OpenDatabase;
  readonly queue: string;
  readonly context: ProviderContext;
  readonly times: DatabaseTimes;
}

/** Milliseconds between two deletions of what is no longer needed. */
const SWEEP = 10_000;

/** Milliseconds after which a worker claims although nothing has woken it: what it sweeps is not looked for. */
const UNASKED = 30_000;

export class DatabaseQueue implements ProviderQueue {
  readonly deadLetters: PostgresDeadLetters;
  readonly inbox: Inbox;
  readonly #database: OpenDatabase;
  readonly #queue: string;
  readonly #context: ProviderContext;
  readonly #times: DatabaseTimes;
  readonly #rows: MessageRows;
  readonly #pauses: Pauses;
  #leave: () => void = () => undefined;
  #lastSweep = Date.now();
  #closing: Promise<void> | undefined;

  constructor({ database, queue, context, times }: DatabaseQueueDependencies) {
    const { run } = database.connections;
    this.#database = database;
    this.#queue = queue;
    this.#context = context;
    this.#times = times;
    this.#pauses = new Pauses(context.clock, RECONNECT);
    const rows = new MessageRows(run, queue);
    this.#rows = rows;
    const script = database.connections.script();
    this.deadLetters = new PostgresDeadLetters(
      (sql, values) => this.#asked(script(sql, values)),
      queue,
    );
    this.inbox = {
      has: (key) => rows.isRemembered(key),
      add: (key, window) => rows.remember(key, window),
    };
  }

  /** In a transaction of the caller's it sends the statement in the caller's turn. */
  async enqueue(
    messages: readonly OutgoingMessage[],
    { transaction }: EnqueueOptions = {},
  ): Promise<readonly EnqueueResult[]> {
    const joined =
      transaction === undefined || transaction instanceof JoinedTransaction
        ? transaction
        : new JoinedTransaction(transaction);
    try {
      return await this.#rows.enqueue(messages, joined);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  async consume(options: ConsumeOptions, work: Work): Promise<Consumption> {
    const { poll, lease } = this.#times;
    const { concurrency, onRetry, mayRepeat } = options;
    const owner = globalThis.crypto.randomUUID();
    const claims = new MessageClaims(this.#database.connections.run, this.#queue, {
      owner,
      lease,
      onRetry,
    });
    let consumer: PullConsumer<PostgresMessage> | undefined;
    const ended = await this.#join(() => consumer?.wake());
    consumer = new PullConsumer({
      queue: this.#queue,
      source: this.#source(claims),
      context: this.#context,
      work,
      concurrency,
      mayRepeat,
      poll: Math.max(poll, UNASKED),
      pause: poll,
      lease,
      ended,
    });
    return consumer;
  }

  /** Is told of new messages, and is known to serve the queue, until a call of the result. */
  async #join(wake: () => void): Promise<() => Promise<void>> {
    const { listener, look, workers } = this.#database;
    const { clock } = this.#context;
    const { poll, lease } = this.#times;
    const silence = await listener.add(this.#queue, wake);
    const endLook = look.add({ clock, poll });
    this.#leave = () => {
      silence();
      endLook();
    };
    const leave = await workers.add(this.#queue, { clock, lease });
    return () => {
      this.#leave();
      return leave();
    };
  }

  counts() {
    return this.#asked(this.#rows.counts());
  }

  oldest() {
    return this.#asked(this.#rows.oldest());
  }

  async ping(): Promise<void> {
    await this.#asked(this.#database.connections.run('SELECT 1', []));
  }

  isServed(): Promise<boolean> {
    return this.#asked(this.#database.workers.isServed(this.#queue));
  }

  cancel(id: string): Promise<boolean> {
    return this.#asked(this.#rows.cancel(id));
  }

  reschedule(id: string, delay: number): Promise<boolean> {
    return this.#asked(this.#rows.reschedule(id, delay));
  }

  status(id: string) {
    return this.#asked(this.#rows.status(id));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Trouble of the connections that no caller gets. */
  lost(cause: unknown): void {
    if (this.#closing !== undefined) return;
    this.#context.report(
      this.#trouble('has lost a connection. See the cause; it reconnects automatically', cause),
    );
  }

  async #close(): Promise<void> {
    this.#leave();
    this.#pauses.end();
    await this.#database.close();
  }

  #source(claims: MessageClaims): MessageSource<PostgresMessage> {
    return {
      claim: (room) => {
        this.#sweepSometimes();
        return claims.claim(room());
      },
      settle: (message, outcome, behind) =>
        this.#stored(() => claims.settle(message, outcome, behind)),
      giveBack: (messages) => this.#stored(() => claims.giveBack(messages)),
      renew: (messages) => claims.renew(messages),
      progress: (message, fraction) => claims.progress(message, fraction),
      log: (message, line) => claims.log(message, line),
      tellOthers: () => this.#rows.ring(),
    };
  }

  /** An outcome that could not be stored is stored when the server answers again; the message stays in hand until then. */
  async #stored(store: () => Promise<void>): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await store();
      } catch (error) {
        if (!isPassing(error as PostgresError) || this.#pauses.isEnded) throw error;
        await this.#pauses.after(failures);
      }
    }
  }

  #sweepSometimes(): void {
    if (Date.now() - this.#lastSweep < SWEEP) return;
    this.#lastSweep = Date.now();
    this.#rows.sweep(this.#times.keepDone).catch((cause) => {
      if (this.#closing === undefined)
        this.#context.report(this.#trouble('could not delete what was done. See the cause', cause));
    });
  }

  /** Of what was surely not stored. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof PostgresError) || error.effect === 'unknown') return error;
    return new CarillonError(
      'CAR5018',
      `Queue "${this.#queue}" on postgres has not stored a message: ${error.message}. See the cause, and whether the engine runs.`,
      { cause: error },
    );
  }

  /** What a caller asks for has a code when it fails. */
  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (cause) {
      throw this.#trouble('does not answer. See the cause, and whether the engine runs', cause);
    }
  }

  #trouble(what: string, cause: unknown): CarillonError {
    return queueTrouble(`"${this.#queue}" on postgres`, `${what}.`, cause);
  }
}
