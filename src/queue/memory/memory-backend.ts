/** A queue in memory at work: by itself in turns of its own, or in the turn of whoever calls `process()`. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { Runtime } from '../../dispatch/runtime.js';
import type { Deferral, QueueBackend } from '../backend.js';
import { queueCapabilities } from '../capabilities.js';
import { type DeferOptions, dedupOf } from '../defer-options.js';
import type { DeferredHandler, DeferredHandlers } from '../deferred-handlers.js';
import { MessageWorker } from '../message-worker.js';
import type { QueueOptions } from '../queue-options.js';
import type { MessageStatus, Outcome, QueueCapabilities, QueueCounts } from '../queue-provider.js';
import { type StoredMessage, storedMessage } from '../receipt.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryMessage, MessageExtras, type MessageRoute } from './memory-message.js';
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
  readonly queue: MessageStore;
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
  #inLine = 0;

  constructor(
    readonly name: string,
    private readonly options: QueueOptions,
    private readonly directory: DeferredHandlers,
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
    this.queue = new MessageStore(name, source, runtime.clock, onRetry, deadLetters);
    this.#worker = new MessageWorker(name, runtime, PARKED, inbox ?? this.queue.inbox);
    this.deadLetters = new MemoryDeadLetters(name, this.queue, directory, () => this.#wake());
    this.#rate = rateLimit && new RateWindow(rateLimit, runtime.clock);
    this.#concurrency = concurrency;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.queue.size;
  }

  get isIdle(): boolean {
    return this.isManual || this.#state !== 'working' || (this.#busy === 0 && this.queue.due === 0);
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined || this.queue.hasTimer;
  }

  /** The short way for a message about which nothing was said. */
  push(key: EventKey, payload: unknown, target: DeferredHandler | undefined): MemoryMessage {
    const message = new MemoryMessage(this.#addressOf(key, target), payload, undefined, Date.now());
    this.#tellOrigin(message);
    this.queue.push(message);
    this.#wake();
    return message;
  }

  /** Whether {@link push} may be used: there is room, and nobody waits for it. */
  get isOpen(): boolean {
    return this.queue.size < this.#limit && this.#inLine === 0;
  }

  async send(deferrals: readonly Deferral[]): Promise<StoredMessage[]> {
    const stored: StoredMessage[] = [];
    for (const deferral of deferrals) {
      for (const target of deferral.targets.length === 0 ? [undefined] : deferral.targets) {
        stored.push(await this.#send(deferral, target));
      }
    }
    return stored;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'working';
    if (!this.isManual) this.queue.onDue = () => this.#wake();
    this.queue.promote();
    this.#wake();
  }

  handlerCame(): void {
    this.queue.unpark();
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
    return this.queue.counts;
  }

  async ping(): Promise<void> {
    // It is always there.
  }

  async cancel(id: string): Promise<boolean> {
    const found = this.queue.cancel(id);
    if (found) this.#tellRoom();
    return found;
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    const found = this.queue.reschedule(id, delay);
    this.#wake();
    return found;
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    return this.queue.status(id);
  }

  process(options: ProcessOptions): ProcessResult {
    this.queue.promote();
    return processQueue(this, this.name, this.runtime.clock, options);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#worker.closed = true;
    if (this.#timer !== undefined) this.runtime.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.queue.close();
    this.#tellIdle();
    for (const enter of this.#roomWaiters.splice(0)) enter();
  }

  async close(): Promise<void> {
    // What it held has been reported.
  }

  /** The same one for all messages of an event to a handler, as long as no other event comes between. */
  #addressOf(key: EventKey, target: DeferredHandler | undefined): MessageRoute {
    if (target?.route?.key === key) return target.route;
    const address = { queue: this.queue, key, target };
    if (target !== undefined) target.route = address;
    return address;
  }

  /** Where it was sent, for its handlers. */
  #tellOrigin(message: MemoryMessage): void {
    const { context, currentMessage } = this.runtime;
    message.snapshot = context.capture?.();
    if (currentMessage === undefined && context.current() === undefined) return;
    const story = continuedFacts(this.runtime);
    if (story.causationId !== undefined) message.rare.story = story;
  }

  async #send(
    { key, payload, options }: Deferral,
    target: DeferredHandler | undefined,
  ): Promise<StoredMessage> {
    const dedup = dedupOf(options, target?.id);
    const special = isPlain(options)
      ? undefined
      : new MessageExtras(options, this.runtime.clock.now());
    const message = new MemoryMessage(this.#addressOf(key, target), payload, special, Date.now());
    this.#tellOrigin(message);
    if (this.#isKnown(dedup?.key)) return storedMessage(message, 'duplicate');
    // Nothing is awaited between the last look for room and the push, or several would take the last place.
    if (!this.isOpen) {
      if (this.options.whenFull !== 'wait') this.#makeRoom(eventName(key));
      else {
        this.#inLine += 1;
        await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
        while (this.queue.size >= this.#limit && this.#state !== 'stopped') {
          await new Promise<void>((resolve) => this.#roomWaiters.unshift(resolve));
        }
        this.#inLine -= 1;
        if (this.#isKnown(dedup?.key)) {
          this.#tellRoom();
          return storedMessage(message, 'duplicate');
        }
      }
    }
    if (this.#state === 'stopped') throw this.#full(eventName(key), 'refused');
    if (dedup !== undefined) this.queue.dedup.add(dedup.key, dedup.window);
    this.queue.push(message, options.delay);
    this.#wake();
    return storedMessage(message, 'accepted');
  }

  #isKnown(dedupKey: string | undefined): boolean {
    return dedupKey !== undefined && this.queue.dedup.has(dedupKey);
  }

  /** A place has become free. */
  #tellRoom(): void {
    if (this.#roomWaiters.length > 0) this.#roomWaiters.shift()?.();
  }

  #makeRoom(event: string): void {
    const mayDrop = this.options.whenFull === 'drop-oldest';
    if (!mayDrop || this.queue.dropOldest() === undefined) throw this.#full(event, 'refused');
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
    if (this.queue.due === 0 || this.#busy >= this.#concurrency) return;
    this.#timer = this.runtime.clock.schedule(this.#turn, this.#rate?.wait() ?? 0);
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
    for (let left = this.queue.due; left > 0 && this.#mayBegin(); left -= 1) {
      if ((this.#inRow & 31) === 31 && clock.now() > this.#turnEnd) break;
      const message = this.queue.take();
      if (message === undefined) break;
      this.#inRow += 1;
      this.#rate?.note();
      const outcome = this.work(message);
      if (outcome instanceof Promise) this.#follow(message, outcome);
      else this.settle(message, outcome);
    }
    this.#wake();
    this.#tellIdle();
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
      this.#tellIdle();
    });
  }

  settle(message: MemoryMessage, outcome: Outcome): void {
    this.queue.settle(message, outcome);
    this.#tellRoom();
  }

  work(message: MemoryMessage): Outcome | Promise<Outcome> {
    const { key, target } = message;
    return target === undefined
      ? this.#find(message)
      : this.#worker.run(target, key, message.payload, message);
  }

  /** Deferred when nobody listened: for the first handler, and a message more for each other. */
  #find(message: MemoryMessage): Outcome | Promise<Outcome> {
    const targets = this.directory.route(message.key).filter(({ queue }) => queue === this.name);
    const [first, ...others] = targets;
    if (first === undefined) return this.#worker.noHandler(eventName(message.key));
    const { enqueuedAt, key, payload } = message;
    message.address = this.#addressOf(key, first);
    for (const target of others) {
      this.queue.push(
        new MemoryMessage(
          this.#addressOf(key, target),
          payload,
          message.special?.copy(),
          enqueuedAt,
        ),
      );
    }
    return this.#worker.run(first, key, payload, message);
  }

  #tellIdle(): void {
    if (this.#idleWaiters.length === 0 || !this.isIdle) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

/** Whether nothing is said of the message. */
function isPlain(options: DeferOptions): boolean {
  for (const _ in options) return false;
  return true;
}
