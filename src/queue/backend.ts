/** One named queue as the façade sees it, in memory or on an engine; and its dead letters. */
import type { EventKey } from '../../decorators/event-key.js';
import type { DeferOptions } from './defer-options.js';
import type { DeferredHandler } from './deferred-handlers.js';
import type {
  DeadLetterFilter,
  DeathReason,
  Failure,
  MessageStatus,
  QueueCapabilities,
  QueueCounts,
} from './queue-provider.js';
import type { StoredMessage } from './receipt.js';

/** What keeps the messages of one queue and gives them to their handlers. */
export interface QueueBackend {
  readonly name: string;
  readonly provider: string;
  readonly capabilities: QueueCapabilities;
  /** How many messages wait in memory; 0 on an engine. */
  readonly size: number;
  /** Whether nothing that would be lost with the process is due, and no more than so many messages are in progress. */
  isIdle(besides: number): boolean;
  readonly hasTimer: boolean;
  /** @throws CarillonError `CAR5031`, `CAR5032` for an event that has no name to be stored under */
  checkEvent?(key: EventKey): void;
  send(deferrals: readonly Deferral[], transaction?: unknown): Promise<StoredMessage[]>;
  /** Begins automatic processing. Resolves once subscribed. */
  start(): Promise<void>;
  /** A handler was added. */
  handlerAdded(): void;
  pause(): void;
  resume(): void;
  /** Resolves when {@link isIdle}. */
  idle(besides: number): Promise<void>;
  counts(): Promise<QueueCounts>;
  ping(): Promise<void>;
  cancel(id: string): Promise<boolean>;
  reschedule(id: string, delay: number): Promise<boolean>;
  status(id: string): Promise<MessageStatus | undefined>;
  readonly deadLetters: DeadLetterAccess;
  /** Starts no handler from now on. */
  stop(): void;
  /** Closes connections, once what runs has settled. */
  close(): Promise<void>;
}

/** An event on its way into a queue. */
export interface Deferral {
  readonly key: EventKey;
  readonly payload: unknown;
  readonly options: DeferOptions;
  /** Its handlers in this queue; empty where the sender knows none. */
  readonly recipients: readonly DeferredHandler[];
}

/** A dead letter, as `list` returns it. */
export interface DeadMessage {
  readonly id: string;
  readonly queue: string;
  /** The stable id of its handler. */
  readonly handler: string | undefined;
  readonly event: string;
  readonly reason: DeathReason;
  readonly failure: Failure;
  readonly attempt: number;
  readonly enqueuedAt: Date;
  readonly diedAt: Date;
}

/** A dead letter with its payload. */
export interface InspectedMessage extends DeadMessage {
  /** `undefined` when it cannot be read. */
  readonly payload: unknown;
  /** The stored envelope; `undefined` in memory. */
  readonly body: string | undefined;
}

/** The operations on dead letters, in memory and on engines. */
export interface DeadLetterAccess {
  list(filter: DeadLetterFilter): Promise<DeadMessage[]>;
  count(filter: DeadLetterFilter): Promise<number>;
  inspect(id: string): Promise<InspectedMessage | undefined>;
  edit(id: string, payload: unknown): Promise<boolean>;
  retry(filter: DeadLetterFilter): Promise<number>;
  drop(filter: DeadLetterFilter): Promise<number>;
}
