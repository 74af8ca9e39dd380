/**
 * What an engine has to do to be a queue provider; what it keeps, the worker of `message-worker.ts` decides about.
 *
 * **One stored message per handler.** A message is stored once for each pair of queue and handler id, so that each handler has its own
 * attempts, its own dead letter and its own acknowledgement. Who defers and knows handlers of the event (they are wired in its process)
 * stores one message for each of them. Who only defers knows none: it stores one message without a handler, and the worker that takes it
 * does it, where it has one handler for it, or stores one for each of its handlers before it acknowledges the first.
 *
 * **The worker decides, the provider keeps.** How often and when to try again, when to give up, what is poison and what is too old is
 * decided by the worker and comes back as an {@link Outcome}. A provider never gives up by itself: it switches off its engine's own
 * limits of attempts.
 *
 * **Time** in the interface is relative, in milliseconds, so that an engine can count by its own clock.
 */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { Clock } from '../dispatch/clock.js';

/**
 * What an engine can do. What it cannot is refused by that name: an option of the queue or of a handler when it is configured,
 * an option of a message when it is deferred.
 */
export interface QueueCapabilities {
  /** What was accepted survives the end of every process of the application. */
  readonly durable: boolean;
  /** Workers in several processes share one queue. */
  readonly crossProcess: boolean;
  /** A message may wait before it is given out; a retry always may. */
  readonly delay: boolean;
  /** Of the messages that wait, those with a higher priority come first. */
  readonly priority: boolean;
  /** One after another, in order, per key: within one process, everywhere, or not at all. */
  readonly orderingKey: 'everywhere' | 'process' | false;
  /** What the followers of a message that is to be tried again may do: wait for it, or pass it. Empty without ordering keys. */
  readonly onRetry: readonly OnRetry[];
  /** So many messages in a time, over all workers of the queue. */
  readonly rateLimit: boolean;
  /** Remembers deduplication keys. */
  readonly dedup: boolean;
  /** Knows when a message has become too old. */
  readonly ttl: boolean;
  /** Takes a waiting message back. */
  readonly cancel: boolean;
  /** Changes when a waiting message is due. */
  readonly reschedule: boolean;
  /** Tells the state, the progress and the log lines of a message by its id. */
  readonly status: boolean;
  /** Lists, edits, sends again and drops dead letters; to keep them is everybody's duty. */
  readonly deadLetters: boolean;
  /** Remembers what idempotent handlers have done. */
  readonly inbox: boolean;
  /** Stores messages within a transaction of the caller's. */
  readonly transactions: boolean;
  /** Can be worked off in the caller's turn, by `process()`. */
  readonly manual: boolean;
}

/** While a message waits to be tried again: `'block'` lets the others of its ordering key wait, `'pass'` lets them pass. */
export type OnRetry = 'block' | 'pass';

/** An engine. It may be given to several queues; it holds a connection only while one of them is open. */
export interface QueueEngine {
  /** What errors show: `'redis'`. */
  readonly name: string;
  readonly capabilities: QueueCapabilities;
  /**
   * Connects, and creates the queue where it does not exist. Rejects when that fails; may then be called again.
   *
   * @param queue the application's name of it
   */
  open(queue: string, context: ProviderContext): Promise<ProviderQueue>;
}

/** What a provider may use of the application. */
export interface ProviderContext {
  readonly clock: Clock;
  /** For what no caller can be told: a lost connection, an outcome that could not be stored. */
  report(error: CarillonError): void;
}

/** One named queue of an engine. */
export interface ProviderQueue {
  /**
   * Stores the messages, all or none where the engine can. Resolves once they are durable, in the order given; rejects when they were
   * not accepted, also when the engine is away for longer than the provider's own patience.
   */
  enqueue(
    messages: readonly OutgoingMessage[],
    options?: EnqueueOptions,
  ): Promise<readonly EnqueueResult[]>;

  /** Begins to give out messages. Resolves once subscribed. Called at most once at a time. */
  consume(options: ConsumeOptions, work: Work): Promise<Consumption>;

  /** How many there are, as exactly as the engine can tell. */
  counts(): Promise<QueueCounts>;

  /** Rejects when the engine does not answer. */
  ping(): Promise<void>;

  /** Takes a message back that is not in work. `false` when there is none any more. Capability `cancel`. */
  cancel?(id: string): Promise<boolean>;

  /** Makes a waiting message due in so many milliseconds. `false` when there is none any more. Capability `reschedule`. */
  reschedule?(id: string, delay: number): Promise<boolean>;

  /** `undefined` for what is not known any more; a message that is done is remembered for a while. Capability `status`. */
  status?(id: string): Promise<MessageStatus | undefined>;

  /** Capability `deadLetters`. */
  readonly deadLetters?: DeadLetterStore;

  /** Capability `inbox`. */
  readonly inbox?: Inbox;

  /**
   * Lets go of everything: connections, timers. The consumption has been stopped before. Takes a second at most, also when the engine is
   * away. A second call gets the same promise.
   */
  close(): Promise<void>;
}

/** A message on its way into a queue. */
export interface OutgoingMessage {
  /** A UUID, unique among the stored messages. */
  readonly id: string;
  /** The stable id of the handler it is for; without one it is for every handler of its event that the worker has. */
  readonly handler?: string | undefined;
  /** The name of its event, for lists. */
  readonly event: string;
  /** The envelope: CloudEvents in JSON. Opaque to the provider. */
  readonly body: string;
  /** Due in so many milliseconds; 0 or less is now. */
  readonly delay?: number | undefined;
  /** Higher comes earlier; -100 to 100. Default 0. */
  readonly priority?: number | undefined;
  readonly orderingKey?: string | undefined;
  /** Too old after so many milliseconds. */
  readonly ttl?: number | undefined;
  /** Accepted once while the key is remembered, in milliseconds from now. The key already tells handlers apart. */
  readonly dedup?: { readonly key: string; readonly window: number } | undefined;
}

export interface EnqueueOptions {
  /** The caller's transaction, as the engine's client has it. Capability `transactions`. */
  readonly transaction?: unknown;
}

/** `'duplicate'`: its deduplication key is remembered, and nothing was stored. */
export type EnqueueResult = 'accepted' | 'duplicate';

/** So many messages in so many milliseconds. */
export interface RateLimit {
  readonly max: number;
  readonly per: number;
}

export interface ConsumeOptions {
  /** At most so many messages are given out and have no outcome yet; no more than that are fetched in advance. */
  readonly concurrency: number;
  readonly rateLimit?: RateLimit | undefined;
  readonly onRetry: OnRetry;
}

/**
 * Works on one message. Never throws and never rejects. The provider acknowledges only after the outcome.
 *
 * When the engine has meanwhile given the message to somebody else (a lock that was lost), the outcome must change nothing.
 */
export type Work = (delivery: QueueDelivery) => Outcome | Promise<Outcome>;

/** A message that is given out. */
export interface QueueDelivery {
  readonly id: string;
  readonly handler: string | undefined;
  readonly body: string | Uint8Array;
  /**
   * How often it has been given out, this time included: counted and stored before the handler runs, so that a message which kills its
   * worker is counted too. What ended with `goBack` is not counted.
   */
  readonly attempt: number;
  /** Whether its time to live is over. */
  readonly expired: boolean;
  /** From 0 to 1. Told in the background. */
  progress(fraction: number): void;
  log(line: string): void;
}

/** What becomes of a message. */
export type Outcome =
  /** Acknowledged. */
  | { readonly type: 'done' }
  /** Due again in so many milliseconds. */
  | { readonly type: 'retry'; readonly after: number; readonly failure: Failure }
  /** To the dead letters. */
  | { readonly type: 'giveUp'; readonly reason: DeathReason; readonly failure: Failure }
  /** Due again in so many milliseconds, before what came later, and the attempt is not counted. */
  | { readonly type: 'goBack'; readonly after: number };

/** Why a message is a dead letter. */
export type DeathReason =
  | 'failed'
  | 'unreadable'
  | 'unknown handler'
  | 'expired'
  | 'killed its worker';

/** An error as it is stored. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
}

/** A worker that has subscribed. */
export interface Consumption {
  /** Gives out nothing more until {@link resume}. */
  pause(): void;
  resume(): void;
  /**
   * Gives out nothing more, and resolves once the outcome of everything that was given out is stored, or the engine is away. Idle is
   * immediate.
   */
  stop(): Promise<void>;
}

export interface QueueCounts {
  /** Due, and not given out. */
  readonly waiting: number;
  /** Not due yet, retries included. */
  readonly delayed: number;
  /** Given out. */
  readonly active: number;
  readonly dead: number;
}

export interface MessageStatus {
  readonly state: 'waiting' | 'delayed' | 'active' | 'done' | 'dead';
  readonly attempt: number;
  /** From 0 to 1. */
  readonly progress: number;
  readonly log: readonly string[];
  /** The last failure. */
  readonly failure?: Failure | undefined;
}

/** A message that was given up. */
export interface DeadLetter {
  readonly id: string;
  readonly handler: string | undefined;
  readonly event: string;
  readonly body: string;
  readonly reason: DeathReason;
  readonly failure: Failure;
  /** How often it was tried. */
  readonly attempt: number;
  readonly enqueuedAt: Date;
  readonly diedAt: Date;
}

/** Which dead letters; all that is said has to hold. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly event?: string;
  readonly handler?: string;
  readonly reason?: DeathReason;
  /** The name or the code of the error, or a part of its message. */
  readonly error?: string;
  /** Died at or after. */
  readonly since?: Date;
  /** Died before. */
  readonly before?: Date;
  /** At most so many, the oldest first. Default no limit. */
  readonly limit?: number;
}

/** The dead letters of one queue. */
export interface DeadLetterStore {
  /** The oldest first. */
  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  count(filter: DeadLetterFilter): Promise<number>;
  /** Puts them back into the queue, due now, with no attempt counted; the oldest first. Returns how many. */
  retry(filter: DeadLetterFilter): Promise<number>;
  /** Gives a dead letter another body. `false` when there is none of that id. */
  edit(id: string, body: string): Promise<boolean>;
  /** Forgets them. Returns how many. */
  drop(filter: DeadLetterFilter): Promise<number>;
}

/** What idempotent handlers have done. The keys already tell handlers apart. */
export interface Inbox {
  has(key: string): boolean | Promise<boolean>;
  /** @param window how long it is remembered, in milliseconds */
  add(key: string, window: number): void | Promise<void>;
}
