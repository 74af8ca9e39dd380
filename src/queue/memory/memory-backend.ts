/** A queue in memory: processed automatically in turns of its own, or by `process()` in the caller's. */
import type { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { Runtime } from '../../dispatch/runtime.js';
import { unsureError } from '../acceptance.js';
import type { Deferral, LocalBackend } from '../backend.js';
import { queueCapabilities } from '../capabilities.js';
import { type DeferOptions, dedupOf, timesOf } from '../defer-options.js';
import type { DeferredHandler, DeferredHandlers } from '../deferred-handlers.js';
import { absentHandlerError, noHandlerError } from '../handler-errors.js';
import { MessageWorker } from '../message-worker.js';
import {
  absentHandlerTime,
  type MemoryQueues,
  type QueueContext,
  rateLimitOf,
} from '../queue-options.js';
import type { MessageStatus, Outcome, QueueCapabilities, QueueCounts } from '../queue-provider.js';
import type { Receipt, StoredMessage } from '../receipt.js';
import { CapacityLimit } from './capacity-limit.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryMessage, MessageExtras, type MessageRoute } from './memory-message.js';
import { MemoryReceipt, storedMessage } from './memory-receipt.js';
import { MessageStore } from './message-store.js';
import { ParkedTimer } from './parked-timer.js';
import {
  type MessageProcessor,
  type ProcessOptions,
  type ProcessResult,
  processQueue,
} from './process.js';
import { RateWindow } from './rate-window.js';
import { WirePayloads } from './wire-payloads.js';

/** What memory can do. */
const MEMORY: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  delay: true,
  priority: true,
  orderingKey: 'everywhere',
  onRetry: ['block', 'pass'],
  rateLimit: true,
  dedup: true,
  ttl: true,
  cancel: true,
  reschedule: true,
  status: true,
  deadLetters: true,
  inbox: true,
  manual: true,
});

/** How many messages are handled in a row before the rest of the program gets a turn; a turn of the platform costs a millisecond. */
const BURST = 16_384;

/** For how long messages are handled in a row, in milliseconds. */
const BURST_TIME = 10;

/** Until an instance of its handler lives. */
const PARKED: Outcome = { type: 'goBack', after: Number.POSITIVE_INFINITY };

interface IdleWaiter {
  /** So many messages that are being handled count for nothing. */
  readonly besides: number;
  readonly resolve: () => void;
}

/** Handlers never run in the call stack of the sender. */
export class MemoryBackend implements LocalBackend, MessageProcessor {
  readonly local = this;
  readonly name: string;
  readonly provider = 'memory';
  readonly capabilities = MEMORY;
  readonly store: MessageStore;
  readonly deadLetters: MemoryDeadLetters;
  readonly isManual: boolean;
  readonly #runtime: Runtime;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #worker: MessageWorker;
  readonly #rate: RateWindow | undefined;
  readonly #concurrency: number;
  readonly #capacity: CapacityLimit;
  /** Absent where handlers get the sender's own objects. */
  readonly #wire: WirePayloads | undefined;
  readonly #parkedTimer: ParkedTimer;
  #idleWaiters: IdleWaiter[] = [];
  /** The message that waits, by its deduplication key. */
  readonly #firstOf = new Map<string, MemoryMessage>();
  #timer: unknown;
  #busy = 0;
  #inRow = 0;
  /** When the rest of the program is to get a turn. */
  #turnEnd = 0;
  #state: 'new' | 'working' | 'paused' | 'stopped' = 'new';

  constructor(context: QueueContext) {
    const { name, options, deferredHandlers, runtime, source } = context;
    const { clock } = runtime;
    const { concurrency = 1, onRetry = 'block', deadLetters = 10_000 } = options;
    this.name = name;
    this.isManual = options.processing === 'manual';
    this.#runtime = runtime;
    this.#deferredHandlers = deferredHandlers;
    this.#wire = options.wire === true ? new WirePayloads(options) : undefined;
    this.store = new MessageStore({
      queueName: name,
      source: options.source ?? source,
      clock,
      onRetry,
      deadLetters,
    });
    this.#worker = new MessageWorker({
      queue: name,
      system: this.provider,
      runtime,
      absent: () => PARKED,
      inbox: options.inbox ?? this.store.inbox,
    });
    this.#parkedTimer = new ParkedTimer({
      store: this.store,
      clock,
      limit: absentHandlerTime(options),
      isManual: this.isManual,
      giveUp: (message) => this.#giveUpParked(message),
    });
    this.deadLetters = new MemoryDeadLetters({
      queue: name,
      store: this.store,
      deferredHandlers,
      wire: this.#wire,
      wake: () => this.#wake(),
    });
    const rateLimit = rateLimitOf(options);
    this.#rate = rateLimit && new RateWindow(rateLimit, clock);
    this.#concurrency = concurrency;
    this.#capacity = new CapacityLimit(context, this.store);
  }

  get size(): number {
    return this.store.size;
  }

  isIdle(besides: number): boolean {
    return (
      this.isManual || this.#state !== 'working' || (this.#busy <= besides && this.store.due === 0)
    );
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined || this.store.hasTimer || this.#parkedTimer.isSet;
  }

  push(key: EventKey, payload: unknown, recipient: DeferredHandler | undefined): Receipt {
    const message = new MemoryMessage(
      this.#routeTo(key, recipient),
      payload,
      undefined,
      Date.now(),
    );
    this.#captureContext(message);
    this.store.push(message);
    this.#wake();
    return new MemoryReceipt(message);
  }

  get isOpen(): boolean {
    return this.#wire === undefined && this.#capacity.isOpen;
  }

  checkEvent(key: EventKey): void {
    this.#wire?.checkEvent(key);
  }

  async send(deferrals: readonly Deferral[]): Promise<StoredMessage[]> {
    const stored: StoredMessage[] = [];
    for (const deferral of deferrals) {
      for (const recipient of deferral.recipients.length === 0
        ? [undefined]
        : deferral.recipients) {
        try {
          stored.push(await this.#send(deferral, recipient));
        } catch (refusal) {
          // Those before it stay.
          throw stored.length === 0
            ? refusal
            : unsureError(
                `Queue "${this.name}" took ${stored.length} message(s) of several`,
                refusal,
              );
        }
      }
    }
    return stored;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'working';
    if (!this.isManual) this.store.onDue = () => this.#wake();
    this.store.promote();
    this.#wake();
  }

  handlerAdded(): void {
    this.store.unpark();
    this.#wake();
  }

  pause(): void {
    if (this.#state === 'working') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state === 'paused') this.#state = 'working';
    this.#wake();
  }

  idle(besides: number): Promise<void> {
    return this.isIdle(besides)
      ? Promise.resolve()
      : new Promise((resolve) => this.#idleWaiters.push({ besides, resolve }));
  }

  async counts(): Promise<QueueCounts> {
    return this.store.counts;
  }

  async oldest(): Promise<number | undefined> {
    const since = this.store.ready.oldest;
    return since === undefined ? undefined : Math.max(0, Date.now() - since);
  }

  async ping(): Promise<void> {
    // Memory always answers.
  }

  async cancel(id: string): Promise<boolean> {
    const found = this.store.cancel(id);
    if (found) this.#capacity.release();
    return found;
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    const found = this.store.reschedule(id, delay);
    this.#wake();
    return found;
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    return this.store.status(id);
  }

  process(options: ProcessOptions): ProcessResult {
    this.store.promote();
    this.#parkedTimer.check();
    return processQueue(this, this.name, this.#runtime.clock, options);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#worker.closed = true;
    if (this.#timer !== undefined) clearTimer(this.#runtime.clock, this.#timer);
    this.#timer = undefined;
    this.store.close();
    this.#parkedTimer.close();
    this.#notifyIdle();
    this.#capacity.close();
  }

  async close(): Promise<void> {
    // stop() has ended everything.
  }

  /** Shared by the messages of one event for one handler, as long as it gets no other event in between. */
  #routeTo(key: EventKey, recipient: DeferredHandler | undefined): MessageRoute {
    const cached = recipient?.cache as MessageRoute | undefined;
    if (cached?.key === key) return cached;
    const route: MessageRoute = { store: this.store, key, recipient };
    if (recipient !== undefined) recipient.cache = route;
    return route;
  }

  /** Stores the sender's context, and the correlation with the message that it was handling. */
  #captureContext(message: MemoryMessage): void {
    const { context, currentMessage, telemetry } = this.#runtime;
    message.snapshot = context.capture?.();
    if (this.#capacity.isAwaited) this.#capacity.noteSender();
    if ((currentMessage ?? telemetry ?? context.current()) === undefined) return;
    const correlation = continuedFacts(this.#runtime);
    if ((correlation.causationId ?? correlation.traceparent) !== undefined)
      message.ensureExtras().correlation = correlation;
  }

  async #send(
    { key, payload, options }: Deferral,
    recipient: DeferredHandler | undefined,
  ): Promise<StoredMessage> {
    const dedup = dedupOf(options, recipient?.id);
    const extras = isPlain(options)
      ? undefined
      : new MessageExtras(options, this.#runtime.clock.now());
    const message = new MemoryMessage(this.#routeTo(key, recipient), payload, extras, Date.now());
    this.#captureContext(message);
    this.checkEvent(key);
    if (this.#wire !== undefined) message.payload = await this.#wire.write(key, payload);
    if (this.#isKnown(dedup)) return storedMessage(message, 'duplicate');
    if (this.#capacity.isOpen) return this.#accept(message, options, dedup);
    return this.#capacity.enter(eventName(key), () => {
      if (!this.#isKnown(dedup)) return this.#accept(message, options, dedup);
      this.#capacity.release();
      return storedMessage(message, 'duplicate');
    });
  }

  /** @throws CarillonError `CAR5012` when the queue has ended while the sender waited for room */
  #accept(message: MemoryMessage, options: DeferOptions, dedup: Dedup): StoredMessage {
    if (this.#state === 'stopped') throw this.#capacity.refusal(eventName(message.key));
    if (dedup !== undefined) {
      this.store.dedup.add(dedup.key, dedup.window);
      message.ensureExtras().dedupKey = dedup.key;
      this.#firstOf.set(dedup.key, message);
    }
    this.store.push(message, timesOf(options).delay);
    this.#wake();
    return storedMessage(message, 'accepted');
  }

  #isKnown(dedup: Dedup): boolean {
    if (dedup === undefined) return false;
    if (this.store.dedup.has(dedup.key)) return true;
    const state = this.#firstOf.get(dedup.key)?.state;
    return state === 'waiting' || state === 'delayed';
  }

  /** Schedules a turn, if there is something to do in it. */
  #wake(): void {
    if (this.#timer !== undefined || this.#state !== 'working' || this.isManual) return;
    if (this.store.due === 0 || this.#busy >= this.#concurrency) return;
    this.#timer = setTimer(this.#runtime.clock, this.#turn, this.#rate?.wait() ?? 0);
  }

  readonly #turn = () => {
    this.#timer = undefined;
    this.#inRow = 0;
    this.#turnEnd = this.#runtime.clock.now() + BURST_TIME;
    this.#run();
  };

  #run(): void {
    const { clock } = this.#runtime;
    // Messages that a handler defers meanwhile wait for another turn.
    for (let left = this.store.due; left > 0 && this.#mayBegin(); left -= 1) {
      if ((this.#inRow & 31) === 31 && clock.now() > this.#turnEnd) break;
      const message = this.store.take();
      if (message === undefined) break;
      this.#inRow += 1;
      this.#rate?.note();
      const outcome = this.work(message);
      if (outcome instanceof Promise) this.#follow(message, outcome);
      else this.settle(message, outcome);
    }
    this.#wake();
    this.#notifyIdle();
  }

  #mayBegin(): boolean {
    return (
      this.#state === 'working' &&
      this.#busy < this.#concurrency &&
      this.#inRow < BURST &&
      (this.#rate?.wait() ?? 0) === 0
    );
  }

  #follow(message: MemoryMessage, outcome: Promise<Outcome>): void {
    this.#busy += 1;
    void outcome.then((settled) => {
      this.#busy -= 1;
      this.settle(message, settled);
      if (this.#timer === undefined && this.#inRow < BURST) this.#run();
      else this.#wake();
      this.#notifyIdle();
    });
  }

  settle(message: MemoryMessage, outcome: Outcome): void {
    this.store.settle(message, outcome);
    if (this.#runtime.telemetry !== undefined) this.#worker.settled(outcome);
    const dedupKey = message.extras?.dedupKey;
    if (dedupKey !== undefined && (outcome.type === 'done' || outcome.type === 'giveUp'))
      this.#firstOf.delete(dedupKey);
    if (outcome === PARKED) this.#parkedTimer.watch();
    this.#capacity.settled(message);
  }

  work(message: MemoryMessage): Outcome | Promise<Outcome> {
    if (!this.#capacity.isAwaited) return this.#work(message);
    return this.#capacity.handle(message, () => this.#work(message));
  }

  #work(message: MemoryMessage): Outcome | Promise<Outcome> {
    const { recipient } = message;
    return recipient === undefined ? this.#find(message) : this.#handle(recipient, message);
  }

  #handle(recipient: DeferredHandler, message: MemoryMessage): Outcome | Promise<Outcome> {
    const { key, payload } = message;
    if (this.#wire === undefined) return this.#worker.run(recipient, key, payload, message);
    const unreadable = (error: unknown) => this.#worker.unreadable(error as CarillonError);
    try {
      const own = this.#wire.read(key, payload);
      return own instanceof Promise
        ? own.then((read) => this.#worker.run(recipient, key, read, message), unreadable)
        : this.#worker.run(recipient, key, own, message);
    } catch (error) {
      return unreadable(error);
    }
  }

  #giveUpParked(message: MemoryMessage): void {
    const error = absentHandlerError(this.name, message.recipient as DeferredHandler);
    this.settle(message, this.#worker.giveUp('absent handler', error));
  }

  /** Deferred without a known handler: the first one takes it, and each other one gets a message of its own. */
  #find(message: MemoryMessage): Outcome | Promise<Outcome> {
    const [first, ...others] = this.#deferredHandlers.recipientsIn(this.name, message.key);
    if (first === undefined)
      return this.#worker.giveUp(
        'unknown handler',
        noHandlerError(this.name, eventName(message.key)),
      );
    const { enqueuedAt, key, payload } = message;
    message.route = this.#routeTo(key, first);
    for (const recipient of others) {
      this.store.push(
        new MemoryMessage(
          this.#routeTo(key, recipient),
          payload,
          message.extras?.copy(),
          enqueuedAt,
        ),
      );
    }
    return this.#handle(first, message);
  }

  #notifyIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    const idle = this.#idleWaiters.filter(({ besides }) => this.isIdle(besides));
    this.#idleWaiters = this.#idleWaiters.filter((waiter) => !idle.includes(waiter));
    for (const { resolve } of idle) resolve();
  }
}

/** What makes queues in memory. */
export const memoryQueues: MemoryQueues = {
  capabilities: MEMORY,
  attach: (context) => new MemoryBackend(context),
};

type Dedup = ReturnType<typeof dedupOf>;

/** Whether no option is given. */
function isPlain(options: DeferOptions): boolean {
  for (const _ in options) return false;
  return true;
}
