/**
 * The contract of a queue engine: it stores messages and gives them out; the worker in `message-worker.ts` decides about them.
 *
 * **One stored message per handler.** A message is stored once for each pair of queue and handler id, so that each handler has its own
 * attempts, dead letter and acknowledgement. A sender that knows handlers of the event (they are wired in its process) stores one message
 * for each of them. A sender that knows none stores one message without a handler. The worker that takes it handles it, if it has one
 * handler of the event, or else stores one message for each of its handlers before it acknowledges the first.
 *
 * **The worker decides, the provider stores.** The worker decides how often and when a message is tried again, when it is given up, and
 * whether it is poison or expired; the provider gets an {@link Outcome}. A provider never gives up a message on its own: it switches off
 * its engine's own limit of attempts.
 *
 * **Time** in the interface is relative, in milliseconds, so that an engine can use its own clock.
 */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { Clock } from '../dispatch/clock.js';

/**
 * What an engine can do. What it cannot is refused by that name: an option of the queue or of a handler when it is configured,
 * an option of a message when it is deferred.
 */
export interface QueueCapabilities {
  /** Accepted messages survive the end of every process of the application. */
  readonly durable: boolean;
  /** Workers in several processes share one queue. */
  readonly crossProcess: boolean;
  /** A message may wait before it is given out; a retry always may. */
  readonly delay: boolean;
  /** Waiting messages of higher priority come first. */
  readonly priority: boolean;
  /** Messages of one key are handled in order, one after another: across all processes, within each process, or not at all. */
  readonly orderingKey: 'everywhere' | 'process' | false;
  /** What the followers of a message that waits for its next attempt can do: wait for it, or pass it. Empty without ordering keys. */
  readonly onRetry: readonly OnRetry[];
  /** So many messages in a time, over all workers of the queue. */
  readonly rateLimit: boolean;
  /** Remembers deduplication keys. */
  readonly dedup: boolean;
  /** Recognises expired messages. */
  readonly ttl: boolean;
  /** Removes a waiting message. */
  readonly cancel: boolean;
  /** Changes when a waiting message is due. */
  readonly reschedule: boolean;
  /** Returns the state, progress and log lines of a message by its id. */
  readonly status: boolean;
  /** Lists, edits, sends again and drops dead letters. Every provider must store them. */
  readonly deadLetters: boolean;
  /** Remembers the messages that idempotent handlers have handled. */
  readonly inbox: boolean;
  /** Stores messages within the caller's own transaction. */
  readonly transactions: boolean;
  /** Can be processed in the caller's own call stack, by `process()`. */
  readonly manual: boolean;
  /** Knows whether a worker of any process serves a queue. */
  readonly presence: boolean;
}

/** While a message waits for its next attempt, the others of its ordering key wait (`'block'`) or pass it (`'pass'`). */
export type OnRetry = 'block' | 'pass';

/** An engine. Several queues may share it; it holds a connection only while one of them is open. */
export interface QueueEngine {
  /** The name in error messages, such as `'redis'`. */
  readonly name: string;
  /** What the engine can do. What it cannot is refused when a queue is configured. */
  readonly capabilities: QueueCapabilities;
  /**
   * Connects, and creates the queue where it does not exist. Rejects when that fails; may then be called again.
   *
   * @param queue the application's name of it
   */
  open(queue: string, context: ProviderContext): Promise<ProviderQueue>;
  /**
   * Called in the very turn in which `within(transaction)` is called. What it returns is the `transaction` of each {@link ProviderQueue.enqueue} by
   * that handle, so that an engine can recognise the transaction later. Never throws: what is no transaction is refused when something is enqueued.
   */
  join?(transaction: unknown): unknown;
}

/** What a provider gets of the application. */
export interface ProviderContext {
  /** What sets the timers of the engine in this process: a test drives it. */
  readonly clock: Clock;
  /** Reports an error that no caller can get: a lost connection, an outcome that could not be stored. */
  report(error: CarillonError): void;
}

/** One named queue of an engine. */
export interface ProviderQueue {
  /**
   * Stores the messages in the given order; all or none, where the engine supports it. Resolves once they are durable. Rejects when they
   * were not accepted, or when the engine is unavailable for longer than the provider's own time limit.
   */
  enqueue(
    messages: readonly OutgoingMessage[],
    options?: EnqueueOptions,
  ): Promise<readonly EnqueueResult[]>;

  /** Begins to give out messages. Resolves once subscribed. Called at most once at a time. */
  consume(options: ConsumeOptions, work: Work): Promise<Consumption>;

  /** The numbers of messages, as exactly as the engine can tell. */
  counts(): Promise<QueueCounts>;

  /**
   * For how long the message that has been due longest has waited, in milliseconds; `undefined` where none waits. Absent where the engine does
   * not tell. Asked for metrics only.
   */
  oldest?(): Promise<number | undefined>;

  /** Rejects when the engine does not answer. */
  ping(): Promise<void>;

  /** Whether a worker has subscribed, or has a message, in whatever process. Capability `presence`. */
  isServed?(): Promise<boolean>;

  /** Removes a message that is not in progress. `false` when there is no such message. Capability `cancel`. */
  cancel?(id: string): Promise<boolean>;

  /** Makes a waiting message due `delay` milliseconds from now. `false` when there is no such message. Capability `reschedule`. */
  reschedule?(id: string, delay: number): Promise<boolean>;

  /** `undefined` for an unknown message; a finished one is remembered for a while. Capability `status`. */
  status?(id: string): Promise<MessageStatus | undefined>;

  /** Capability `deadLetters`. */
  readonly deadLetters?: DeadLetterStore;

  /** Capability `inbox`. */
  readonly inbox?: Inbox;

  /**
   * Closes connections and cancels timers. The consumption has been stopped before. Takes at most a second, even when the engine is
   * unavailable. A second call returns the same promise.
   */
  close(): Promise<void>;
}

/** A message on its way into a queue. */
export interface OutgoingMessage {
  /** A UUID, unique among the stored messages. */
  readonly id: string;
  /** The stable id of its handler. Without one, it is for every handler of its event that the worker has. */
  readonly handler?: string | undefined;
  /** The name of its event, for listings. */
  readonly event: string;
  /** The envelope: CloudEvents in JSON. Opaque to the provider. */
  readonly body: string;
  /** Milliseconds until it is due; 0 or less is now. */
  readonly delay?: number | undefined;
  /** From -100 to 100; a higher priority comes first. Default 0. */
  readonly priority?: number | undefined;
  /** Messages of one key are handled one after another, in order. Capability `orderingKey`. */
  readonly orderingKey?: string | undefined;
  /** Milliseconds until it expires. */
  readonly ttl?: number | undefined;
  /**
   * Accepted once while the key is remembered: for `window` milliseconds, and at least until the first message of the key has begun. The key
   * is already different for each handler.
   */
  readonly dedup?: { readonly key: string; readonly window: number } | undefined;
}

/** How messages are stored, for all that are stored in one call. */
export interface EnqueueOptions {
  /** The caller's transaction object of the engine's client, or what {@link QueueEngine.join} has made of it. Capability `transactions`. */
  readonly transaction?: unknown;
}

/** `'duplicate'`: its deduplication key is remembered, and nothing was stored. */
export type EnqueueResult = 'accepted' | 'duplicate';

/** At most `max` messages are started per `per` milliseconds. */
export interface RateLimit {
  /** A whole number, 1 or more. */
  readonly max: number;
  /** Milliseconds. */
  readonly per: number;
}

/** How a worker takes messages from its queue. */
export interface ConsumeOptions {
  /**
   * At most this many messages are given out without an outcome. No more are fetched in advance, but for those behind one of the same ordering
   * key: they are given out one after another, and those that have not begun go back within a moment when that one takes its time.
   */
  readonly concurrency: number;
  /** For all workers of the queue together. Default no limit. Capability `rateLimit`. */
  readonly rateLimit?: RateLimit | undefined;
  /** Whether a message that is tried again holds up those behind it in its ordering key. */
  readonly onRetry: OnRetry;
  /**
   * Whether every handler of the queue may get a message once more that was fetched when its worker was killed: nobody knows whether it had
   * begun. If not, nothing is fetched in advance. Absent: it may.
   */
  readonly mayRepeat?: () => boolean;
}

/**
 * Handles one message. Never throws and never rejects. The provider acknowledges only after the outcome.
 *
 * If the engine has meanwhile given the message to another worker (a lost lock), the outcome must change nothing.
 */
export type Work = (delivery: QueueDelivery) => Outcome | Promise<Outcome>;

/** A message that is given out. */
export interface QueueDelivery {
  /** The id with which it was stored. */
  readonly id: string;
  /** The stable id of its handler; `undefined` where it is for every handler of its event. */
  readonly handler: string | undefined;
  /** The envelope as it was stored; bytes, where the engine gives those. */
  readonly body: string | Uint8Array;
  /**
   * How often it has been given out, this time included. Counted and stored before the handler runs, so that a message that kills its
   * worker is counted too. Attempts that ended with `goBack` are not counted.
   */
  readonly attempt: number;
  /** Whether its time to live is over. */
  readonly expired: boolean;
  /** From 0 to 1. Stored in the background. */
  progress(fraction: number): void;
  /** Adds a line to what the engine keeps with the message. Stored in the background. */
  log(line: string): void;
  /**
   * Calls back, once at most, as soon as the engine has given the message to another worker, or may have: its lease is over, or its connection.
   * No outcome of this delivery counts from then on.
   */
  onLost?(lost: () => void): void;
}

/** What happens to a message next. */
export type Outcome =
  /** Acknowledged. */
  | { readonly type: 'done' }
  /** Due again after `after` milliseconds. */
  | { readonly type: 'retry'; readonly after: number; readonly failure: Failure }
  /** To the dead letters. */
  | { readonly type: 'giveUp'; readonly reason: DeathReason; readonly failure: Failure }
  /**
   * Due again after `after` milliseconds, before later messages; the attempt is not counted. Meanwhile the others of its ordering key wait,
   * unless it lets them pass.
   */
  | { readonly type: 'goBack'; readonly after: number; readonly letsPass?: boolean };

/** Why a message is a dead letter. */
export type DeathReason =
  | 'failed'
  | 'unreadable'
  | 'unknown handler'
  | 'absent handler'
  | 'expired'
  | 'killed its worker';

/** An error as it is stored. */
export interface Failure {
  /** The error's name, such as `'TypeError'`. */
  readonly name: string;
  /** The error's message. */
  readonly message: string;
  /** The error's code, such as `'ECONNREFUSED'` or `'CAR5035'`; `undefined` if it has none. */
  readonly code?: string | undefined;
  /** The error's stack; `undefined` if it has none. */
  readonly stack?: string | undefined;
}

/** A worker that has subscribed. */
export interface Consumption {
  /** Gives out nothing more until {@link resume}. */
  pause(): void;
  /** Gives out messages again. */
  resume(): void;
  /**
   * Gives out nothing more. Resolves once the outcomes of all messages that were given out are stored, or the engine is unavailable; at
   * once where none is in progress.
   */
  stop(): Promise<void>;
}

/** How many messages a queue has, by their state. */
export interface QueueCounts {
  /** Due, and not given out. */
  readonly waiting: number;
  /** Not due yet, retries included. */
  readonly delayed: number;
  /** Given out. */
  readonly active: number;
  /** Given up, and kept as dead letters. */
  readonly dead: number;
}

/** What is known of one message. */
export interface MessageStatus {
  /** `'waiting'`: due; `'delayed'`: not due yet; `'active'`: a worker has it; `'done'`: its handler has succeeded; `'dead'`: a dead letter. */
  readonly state: 'waiting' | 'delayed' | 'active' | 'done' | 'dead';
  /** How often it was tried, the attempt under way included; 0 before the first. */
  readonly attempt: number;
  /** From 0 to 1. */
  readonly progress: number;
  /** What its handler wrote with `delivery.log`, the oldest first. */
  readonly log: readonly string[];
  /** The last failure. */
  readonly failure?: Failure | undefined;
}

/** A message that was given up. */
export interface DeadLetter {
  /** The id of the message. */
  readonly id: string;
  /** The stable id of its handler; `undefined` if the sender knew none. */
  readonly handler: string | undefined;
  /** The name of its event. */
  readonly event: string;
  /** The message itself, as it is stored. */
  readonly body: string;
  /** Why it was given up. */
  readonly reason: DeathReason;
  /** The last error. */
  readonly failure: Failure;
  /** How often it was tried. */
  readonly attempt: number;
  /** When it was deferred. */
  readonly enqueuedAt: Date;
  /** When it was given up. */
  readonly diedAt: Date;
}

/** Selects dead letters that match every given field. */
export interface DeadLetterFilter {
  /** Only messages with these ids. Default all. */
  readonly ids?: readonly string[];
  /** The name of the event. Default all. */
  readonly event?: string;
  /** The stable id of the handler. Default all. */
  readonly handler?: string;
  /** Why it was given up. Default all. */
  readonly reason?: DeathReason;
  /** The error's name or code, or a part of its message. */
  readonly error?: string;
  /** Died at or after. */
  readonly since?: Date;
  /** Died before. */
  readonly before?: Date;
  /** The largest number, the oldest first. Default no limit. */
  readonly limit?: number;
}

/** The dead letters of one queue. */
export interface DeadLetterStore {
  /** The oldest first. */
  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  /** How many match the filter. */
  count(filter: DeadLetterFilter): Promise<number>;
  /** Puts them back into the queue, due now, with no attempt counted, the oldest first. Returns how many. */
  retry(filter: DeadLetterFilter): Promise<number>;
  /** Replaces the body of a dead letter. `false` when no dead letter has that id. */
  edit(id: string, body: string): Promise<boolean>;
  /** Deletes them. Returns how many. */
  drop(filter: DeadLetterFilter): Promise<number>;
}

/** Remembers the messages that idempotent handlers have handled. The keys are already different for each handler. */
export interface Inbox {
  /** Whether the key was added, and its window is not over. */
  has(key: string): boolean | Promise<boolean>;
  /** @param window how long it is remembered, in milliseconds */
  add(key: string, window: number): void | Promise<void>;
}
