/** A queue in memory at work: by itself in turns of its own, or in the turn of whoever calls `process()`. */

import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { Runtime } from '../../dispatch/runtime.js';
import type { Deferral, QueueBackend } from '../backend.js';
import { queueCapabilities } from '../capabilities.js';
import { type DeferOptions, dedupOf } from '../defer-options.js';
import type { DeferredHandler, DeferredHandlers } from '../deferred-handlers.js';
import { MessageWorker } from '../message-worker.js';
import type { QueueOptions } from '../queue-options.js';
import type { MessageStatus, Outcome, QueueCapabilities, QueueCounts } from '../queue-provider.js';
import type { StoredMessage } from '../receipt.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryMessage, MessageExtras, type MessageRoute } from './memory-message.js';
import { storedMessage } from './memory-receipt.js';
import { MessageStore } from './message-store.js';
import { type Drain, type ProcessOptions, type ProcessResult, processQueue } from './process.js';
import { RateWindow } from './rate-window.js';

/** What memory can do. */
export const MEMORY: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
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

/** So many messages in a row before the rest of the program gets a turn, or so many milliseconds: a turn of the platform's takes one. */
const BURST = 16_384;
const BURST_TIME = 10;

/** Waits until a handler of it lives. */
const PARKED: Outcome = { type: 'goBack', after: Number.POSITIVE_INFINITY };

/** Never works in the turn of whoever deferred. */
export class MemoryBackend implements QueueBackend, Drain {
  readonly provider = 'memory';
  readonly capabilities = MEMORY;
  readonly store: MessageStore;
  readonly deadLetters: MemoryDeadLetters;
  readonly isManual: boolean;
  readonly #worker: MessageWorker;
  readonly #rate: RateWindow | undefined;
  readonly #concurrency: number;
  readonly #limit: number;
  #timer: unknown;
  #busy = 0;
  #inRow = 0;
  /** When the rest of the program is to get a turn. */
  #turnEnd = 0;
  #state: 'new' | 'working' | 'paused' | 'stopped' = 'new';
  readonly #idleWaiters: (() => void)[] = [];
  readonly #roomWaiters: (() => void)[] = [];
  /** Senders that wait for room, or have been called and are about to enter. */
  #senders = 0;

  constructor(
    readonly name: string,
    private readonly options: QueueOptions,
    private readonly deferredHandlers: DeferredHandlers,
    private readonly runtime: Runtime,
    source: string,
  ) {
    const {
      concurrency = 1,
      rateLimit,
      onRetry = 'block',
      deadLetters = 10_000,
      inbox,
      processing,
    } = options;
    this.isManual = processing === 'manual';
    this.store = new MessageStore(name, source, runtime.clock, onRetry, deadLetters);
    this.#worker = new MessageWorker(name, runtime, PARKED, inbox ?? this.store.inbox);
    this.deadLetters = new MemoryDeadLetters(name, this.store, deferredHandlers, () =>
      this.#wake(),
    );
    this.#rate = rateLimit && new RateWindow(rateLimit, runtime.clock);
    this.#concurrency = concurrency;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.store.size;
  }

  get isIdle(): boolean {
    return this.isManual || this.#state !== 'working' || (this.#busy === 0 && this.store.due === 0);
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined || this.store.hasTimer;
  }

  /** The short way for a message about which nothing was said. */
  push(key: EventKey, payload: unknown, recipient: DeferredHandler | undefined): MemoryMessage {
    const message = new MemoryMessage(
      this.#routeTo(key, recipient),
      payload,
      undefined,
      Date.now(),
    );
    this.#captureContext(message);
    this.store.push(message);
    this.#wake();
    return message;
  }

  /** Whether {@link push} may be used: there is room, and nobody waits for it. */
  get isOpen(): boolean {
    return this.store.size < this.#limit && this.#senders === 0;
  }

  async send(deferrals: readonly Deferral[]): Promise<StoredMessage[]> {
    const stored: StoredMessage[] = [];
    for (const deferral of deferrals) {
      for (const recipient of deferral.recipients.length === 0
        ? [undefined]
        : deferral.recipients) {
        stored.push(await this.#send(deferral, recipient));
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

  idle(): Promise<void> {
    return this.isIdle
      ? Promise.resolve()
      : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async counts(): Promise<QueueCounts> {
    return this.store.counts;
  }

  async ping(): Promise<void> {
    // It is always there.
  }

  async cancel(id: string): Promise<boolean> {
    const found = this.store.cancel(id);
    if (found) this.#notifyRoom();
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
    return processQueue(this, this.name, this.runtime.clock, options);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#worker.closed = true;
    if (this.#timer !== undefined) clearTimer(this.runtime.clock, this.#timer);
    this.#timer = undefined;
    this.store.close();
    this.#notifyIdle();
    for (const enter of this.#roomWaiters.splice(0)) enter();
  }

  async close(): Promise<void> {
    // What it held has been reported.
  }

  /** The same one for all messages of an event to a handler, as long as no other event comes between. */
  #routeTo(key: EventKey, recipient: DeferredHandler | undefined): MessageRoute {
    const cached = recipient?.cache as MessageRoute | undefined;
    if (cached?.key === key) return cached;
    const route: MessageRoute = { store: this.store, key, recipient };
    if (recipient !== undefined) recipient.cache = route;
    return route;
  }

  /** Where it was sent, for its handlers. */
  #captureContext(message: MemoryMessage): void {
    const { context, currentMessage } = this.runtime;
    message.snapshot = context.capture?.();
    if (currentMessage === undefined && context.current() === undefined) return;
    const correlation = continuedFacts(this.runtime);
    if (correlation.causationId !== undefined) message.ensureExtras().correlation = correlation;
  }

  async #send(
    { key, payload, options }: Deferral,
    recipient: DeferredHandler | undefined,
  ): Promise<StoredMessage> {
    const dedup = dedupOf(options, recipient?.id);
    const extras = isPlain(options)
      ? undefined
      : new MessageExtras(options, this.runtime.clock.now());
    const message = new MemoryMessage(this.#routeTo(key, recipient), payload, extras, Date.now());
    this.#captureContext(message);
    if (this.#isKnown(dedup?.key)) return storedMessage(message, 'duplicate');
    // Nothing is awaited between the last look for room and the push, or several would take the last place.
    if (!this.isOpen) {
      if (this.options.whenFull !== 'wait') this.#makeRoom(eventName(key));
      else {
        this.#senders += 1;
        await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
        while (this.store.size >= this.#limit && this.#state !== 'stopped') {
          await new Promise<void>((resolve) => this.#roomWaiters.unshift(resolve));
        }
        this.#senders -= 1;
        if (this.#isKnown(dedup?.key)) {
          this.#notifyRoom();
          return storedMessage(message, 'duplicate');
        }
      }
    }
    if (this.#state === 'stopped') throw this.#full(eventName(key), 'refused');
    if (dedup !== undefined) this.store.dedup.add(dedup.key, dedup.window);
    this.store.push(message, options.delay);
    this.#wake();
    return storedMessage(message, 'accepted');
  }

  #isKnown(dedupKey: string | undefined): boolean {
    return dedupKey !== undefined && this.store.dedup.has(dedupKey);
  }

  /** A place has become free. */
  #notifyRoom(): void {
    if (this.#roomWaiters.length > 0) this.#roomWaiters.shift()?.();
  }

  #makeRoom(event: string): void {
    const mayDrop = this.options.whenFull === 'drop-oldest';
    if (!mayDrop || this.store.dropOldest() === undefined) throw this.#full(event, 'refused');
    this.runtime.report(this.#full(event, 'dropped'));
  }

  #full(event: string, what: 'refused' | 'dropped'): CarillonError {
    const full = `Queue "${this.name}" has reached its limit of ${this.#limit}: `;
    return what === 'refused'
      ? new CarillonError('CAR5012', `${full}a message ${event} was refused. Defer it later.`)
      : new CarillonError(
          'CAR5013',
          `${full}its oldest message was dropped for a message ${event}. Raise the limit.`,
        );
  }

  /** Something waits: work in a turn of its own. */
  #wake(): void {
    if (this.#timer !== undefined || this.#state !== 'working' || this.isManual) return;
    if (this.store.due === 0 || this.#busy >= this.#concurrency) return;
    this.#timer = setTimer(this.runtime.clock, this.#turn, this.#rate?.wait() ?? 0);
  }

  readonly #turn = () => {
    this.#timer = undefined;
    this.#inRow = 0;
    this.#turnEnd = this.runtime.clock.now() + BURST_TIME;
    this.#run();
  };

  #run(): void {
    const { clock } = this.runtime;
    // What a handler defers meanwhile waits for another turn.
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
    this.#notifyRoom();
  }

  work(message: MemoryMessage): Outcome | Promise<Outcome> {
    const { key, recipient } = message;
    return recipient === undefined
      ? this.#find(message)
      : this.#worker.run(recipient, key, message.payload, message);
  }

  /** Deferred without a known handler: the first one takes it, and each other one gets a message of its own. */
  #find(message: MemoryMessage): Outcome | Promise<Outcome> {
    const [first, ...others] = this.deferredHandlers.recipientsIn(this.name, message.key);
    if (first === undefined) return this.#worker.noHandler(eventName(message.key));
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
    return this.#worker.run(first, key, payload, message);
  }

  #notifyIdle(): void {
    if (this.#idleWaiters.length === 0 || !this.isIdle) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

/** Whether nothing is said of the message. */
function isPlain(options: DeferOptions): boolean {
  for (const _ in options) return false;
  return true;
}
