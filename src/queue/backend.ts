/** One named queue as the façade sees it, in memory or on an engine. */
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

/** An event on its way into a queue. */
export interface Deferral {
  readonly key: EventKey;
  readonly payload: unknown;
  readonly options: DeferOptions;
  /** Its handlers in this queue; none when nobody here knows them. */
  readonly recipients: readonly DeferredHandler[];
}

/** A dead letter as a program reads it. */
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

/** A dead letter with what it says. */
export interface InspectedMessage extends DeadMessage {
  /** `undefined` where it cannot be read. */
  readonly payload: unknown;
  /** What is stored, where it is stored as text. */
  readonly body: string | undefined;
}

export interface QueueBackend {
  readonly name: string;
  readonly provider: string;
  readonly capabilities: QueueCapabilities;
  /** What waits, as far as it is known at once. */
  readonly size: number;
  /** Whether nothing is due or in work of what would be lost with the process. */
  readonly isIdle: boolean;
  readonly hasTimer: boolean;
  /** @throws CarillonError `CAR5031`, `CAR5032` for an event that has no name to be stored under */
  checkEvent?(key: EventKey): void;
  send(deferrals: readonly Deferral[], transaction?: unknown): Promise<StoredMessage[]>;
  /** Begins to work. Resolves once subscribed. */
  start(): Promise<void>;
  /** A handler has come. */
  handlerAdded(): void;
  pause(): void;
  resume(): void;
  /** Resolves when {@link isIdle}. */
  idle(): Promise<void>;
  counts(): Promise<QueueCounts>;
  ping(): Promise<void>;
  cancel(id: string): Promise<boolean>;
  reschedule(id: string, delay: number): Promise<boolean>;
  status(id: string): Promise<MessageStatus | undefined>;
  readonly deadLetters: DeadLetterAccess;
  /** Starts nothing any more, from this turn on. */
  stop(): void;
  /** Lets go of everything, once what runs has settled. */
  close(): Promise<void>;
}

/** What can be done with dead letters, in memory and on engines. */
export interface DeadLetterAccess {
  list(filter: DeadLetterFilter): Promise<DeadMessage[]>;
  count(filter: DeadLetterFilter): Promise<number>;
  inspect(id: string): Promise<InspectedMessage | undefined>;
  edit(id: string, payload: unknown): Promise<boolean>;
  retry(filter: DeadLetterFilter): Promise<number>;
  drop(filter: DeadLetterFilter): Promise<number>;
}
