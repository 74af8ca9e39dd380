/** What an application says of a queue. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type Duration, milliseconds } from '../../decorators/duration.js';
import type { WhenFull } from '../../decorators/when-full.js';
import type { WorkOptions } from '../../decorators/work-options.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { MessageOptions } from '../events/codec-options.js';
import type { QueueBackend } from './backend.js';
import type { DeferredHandlers } from './deferred-handlers.js';
import type {
  Inbox,
  OnRetry,
  QueueCapabilities,
  QueueEngine,
  RateLimit,
} from './queue-provider.js';

/** How many messages of a queue are started in a period. */
export interface RateLimitOptions {
  /** A whole number, 1 or more. */
  readonly max: number;
  /** The period, more than 0. */
  readonly per: Duration;
}

/** Where a queue is stored and how it is processed. */
export interface QueueOptions extends WorkOptions, MessageOptions {
  /** The engine that stores the queue, such as `redisQueue({ … })`. Default: the queue is in memory. */
  readonly provider?: QueueProvider;
  /** `'auto'`: automatically, from `start()` on. `'manual'`: only by `process()`, in the caller's own call stack. Default `'auto'`. */
  readonly processing?: 'auto' | 'manual';
  /** How many messages may be in progress at once, where processing is automatic. Default 1: strictly one after another. */
  readonly concurrency?: number;
  /** At most `max` messages are started within `per`. Default no limit. */
  readonly rateLimit?: RateLimitOptions;
  /** What the other messages of an ordering key do while one of them waits for its next attempt. Default `'block'`. */
  readonly onRetry?: OnRetry;
  /** Remembers the messages that idempotent handlers have handled. Default the provider's own. */
  readonly inbox?: Inbox;
  /**
   * Whether a queue in memory treats payloads as an engine does: what could not travel is refused, and each handler gets a payload of its own at
   * each attempt. Otherwise it passes the sender's object itself to every handler, and needs neither `reader` nor `limits`. Default `false`.
   */
  readonly wire?: boolean;
  /**
   * How long an engine's message waits whose handler this application does not have, or no longer for that event: an older or a newer version of the
   * program may have it. Then it is a dead letter. `0` does not wait. Default `'5m'`.
   */
  readonly unknownHandler?: Duration;
  /** How long a message waits for the next instance of its handler when all of them have ended. Then it is a dead letter. Default `'1h'`. */
  readonly absentHandler?: Duration;
  /**
   * How long an engine's messages wait, from when they were sent, while no process serves the queue. Then a process that has sent to it makes
   * them dead letters, where the engine knows its workers (capability `presence`). `Infinity` for no limit. Default `'7d'`.
   */
  readonly unserved?: Duration;
  /** How many messages may wait in memory. Default no limit. */
  readonly limit?: number;
  /**
   * What happens to one more in memory: `'reject'` refuses it with `CAR5012`, `'wait'` holds its caller back, `'drop-oldest'` drops the oldest and
   * reports it as `CAR5013`. `'drop-newest'` is impossible: a receipt says that the message was accepted. Default `'reject'`.
   */
  readonly whenFull?: Exclude<WhenFull, 'drop-newest'>;
  /** How many dead letters are kept in memory; older ones are dropped. Default 10,000. */
  readonly deadLetters?: number;
}

/** The options by queue name. */
export type QueuesOptions = Readonly<Record<string, QueueOptions>>;

/** What a queue's `provider` may be: an engine, and how the library attaches a queue to it. Made by `remoteQueue`. */
export interface QueueProvider extends QueueEngine {
  /** @internal */
  attach(context: QueueContext): QueueBackend;
}

/** What makes the queues that have no `provider`. */
export interface MemoryQueues {
  readonly capabilities: QueueCapabilities;
  attach(context: QueueContext): QueueBackend;
}

/** @internal What a backend gets of the application. */
export interface QueueContext {
  /** The application's name of the queue. */
  readonly name: string;
  readonly options: QueueOptions;
  readonly deferredHandlers: DeferredHandlers;
  readonly runtime: Runtime;
  /** The CloudEvents source of deferred events, where the options name none. */
  readonly source: string;
}

/** The rate limit of a queue, in milliseconds. */
export function rateLimitOf({ rateLimit }: QueueOptions): RateLimit | undefined {
  return rateLimit && { max: rateLimit.max, per: milliseconds(rateLimit.per) };
}

/** How long a message waits for a handler that the application does not have, in milliseconds. */
export function unknownHandlerTime({ unknownHandler = '5m' }: QueueOptions): number {
  return milliseconds(unknownHandler);
}

/** How long a message waits for the next instance of its handler, in milliseconds. */
export function absentHandlerTime({ absentHandler = '1h' }: QueueOptions): number {
  return milliseconds(absentHandler);
}

/** The error for an option that the provider of a queue does not support. */
export function unableError(
  queue: string,
  provider: string,
  option: string,
  capability: keyof QueueCapabilities,
): CarillonError {
  return new CarillonError(
    'CAR7010',
    `Queue "${queue}" on ${provider} has ${option}, which needs the capability "${capability}" that ${provider} lacks. Leave it out, or take another provider.`,
  );
}
