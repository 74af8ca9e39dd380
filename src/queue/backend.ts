/** One named queue as the façade sees it, in memory or on an engine; and its dead letters. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Telemetry } from '../dispatch/telemetry.js';
import type { DeferOptions } from './defer-options.js';
import type { DeferredHandler } from './deferred-handlers.js';
import type { JoinedTransaction } from './joined-transaction.js';
import type { ProcessOptions, ProcessResult } from './memory/process.js';
import type {
  DeadLetterFilter,
  DeathReason,
  Failure,
  MessageStatus,
  QueueCapabilities,
  QueueCounts,
} from './queue-provider.js';
import type { Receipt, StoredMessage } from './receipt.js';

/** What keeps the messages of one queue and gives them to their handlers. */
export interface QueueBackend {
  readonly name: string;
  readonly provider: string;
  readonly capabilities: QueueCapabilities;
  /** The backend itself, where its messages are in this process. */
  readonly local?: LocalBackend;
  /** How many messages wait in memory; 0 on an engine. */
  readonly size: number;
  /** Whether nothing that would be lost with the process is due, and no more than so many messages are in progress. */
  isIdle(besides: number): boolean;
  readonly hasTimer: boolean;
  /** @throws CarillonError `CAR5031`, `CAR5032` for an event that has no name to be stored under */
  checkEvent?(key: EventKey): void;
  send(deferrals: readonly Deferral[], transaction?: JoinedTransaction): Promise<StoredMessage[]>;
  /** Begins automatic processing. Resolves once subscribed. */
  start(): Promise<void>;
  /** A handler was added. */
  handlerAdded(): void;
  pause(): void;
  resume(): void;
  /** Resolves when {@link isIdle}. */
  idle(besides: number): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** For how long the message that has been due longest has waited, in milliseconds, where that can be told. */
  oldest(): Promise<number | undefined>;
  ping(): Promise<void>;
  cancel(id: string): Promise<boolean>;
  reschedule(id: string, delay: number): Promise<boolean>;
  status(id: string): Promise<MessageStatus | undefined>;
  readonly deadLetters: DeadLetterAccess;
  /** Takes no message more from the engine; resolves once those in hand are settled. Absent in memory, which this process alone fills. */
  quiesce?(): Promise<void>;
  /** Starts no handler from now on. */
  stop(): void;
  /** Closes connections, once what runs has settled. */
  close(): Promise<void>;
}

/** Hands messages to a queue, within the caller's turn. */
export function sendTo(
  backend: QueueBackend,
  deferrals: readonly Deferral[],
  { transaction, telemetry }: SendSurroundings,
): Promise<StoredMessage[]> {
  const [first] = deferrals;
  if (telemetry === undefined || first === undefined) return backend.send(deferrals, transaction);
  const { name: destination, provider: system } = backend;
  return telemetry.send(
    { verb: 'defer', system, destination, event: first.key, count: deferrals.length },
    () => backend.send(deferrals, transaction),
  );
}

/** What messages are sent within. */
export interface SendSurroundings {
  readonly transaction: JoinedTransaction | undefined;
  readonly telemetry: Telemetry | undefined;
}

/** What a backend can do besides because its messages are in this process. */
export interface LocalBackend extends QueueBackend {
  /** Whether it is processed by {@link process} only. */
  readonly isManual: boolean;
  /** Whether {@link push} may be used. */
  readonly isOpen: boolean;
  /** The fast path: a message without options. */
  push(key: EventKey, payload: unknown, recipient: DeferredHandler | undefined): Receipt;
  /** Processes a manual queue in the caller's own call stack. */
  process(options: ProcessOptions): ProcessResult;
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
  /** For `inspect`, `edit`, `retry` and `drop`. */
  readonly id: string;
  /** The name of its queue. */
  readonly queue: string;
  /** The stable id of its handler. */
  readonly handler: string | undefined;
  /** The name of its event. */
  readonly event: string;
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
