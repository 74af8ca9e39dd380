/** The queues of one application: deferred in one phase, worked off in another. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { DEFAULT_QUEUE } from '../../decorators/declaration.js';
import type { EventInstance, EventKey, EventToken, PayloadOf } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-name.js';
import { Handler, type HandlerPlan } from '../dispatch/handler.js';
import type { HandlerOwner } from '../dispatch/handler-owner.js';
import { Registry } from '../dispatch/registry.js';
import { readEvent } from '../events/event-arguments.js';
import type { Scope } from '../scope/scope.js';
import { MemoryQueue } from './memory-queue.js';
import { type ProcessOptions, type ProcessResult, processQueue } from './process-queue.js';
import type { QueuesOptions } from './queue-options.js';
import { QueueWorker } from './queue-worker.js';

/** How a message is deferred. */
export interface DeferOptions {
  /** The queue it goes to. Default: each queue that a handler of the event listens to, and `'default'` where there is none. */
  readonly queue?: string;
}

/**
 * Work for later: `defer` accepts it, `@Deferred` handlers do it.
 *
 * A queue is worked off by itself from `start()` on, or, in manual mode, by {@link process} in the caller's turn. What is deferred
 * before is kept.
 */
export class EventQueue {
  readonly #scope: Scope;
  readonly #options: QueuesOptions;
  readonly #registry = new Registry();
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #workers = new Map<string, QueueWorker>();
  #started = false;

  /** Made by the application; inject it instead. */
  constructor(scope: Scope, options: QueuesOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  /**
   * Accepts a message; the promise resolves once it is accepted.
   *
   * @param event an instance of an event class
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR4004` for what is no event
   * @example
   * await queue.defer(new OrderPlaced('42'));
   */
  defer<E extends object>(event: EventInstance<E>, options?: DeferOptions): Promise<void>;
  /** Defers a token's event that has no payload. */
  defer(event: EventToken<void>, payload?: undefined, options?: DeferOptions): Promise<void>;
  /** Defers a token's event with its payload. */
  defer<T>(event: EventToken<T>, payload: NoInfer<T>, options?: DeferOptions): Promise<void>;
  /** Defers a topic with its payload. */
  defer<K extends string>(event: K, payload: PayloadOf<K>, options?: DeferOptions): Promise<void>;
  async defer(event: unknown, second?: unknown, third?: unknown): Promise<void> {
    this.#scope.assertOpen();
    const { key, payload, options } = readEvent<DeferOptions>('defer', event, second, third);
    for (const name of this.#targets(key, options?.queue)) {
      this.#queue(name).push({ key, payload });
      this.#workers.get(name)?.wake();
    }
  }

  /**
   * Works off a manual queue, first in first out, in the caller's turn.
   *
   * What is deferred meanwhile waits for the next call, unless `until: 'empty'`. Asynchronous handlers are started, not waited for:
   * await {@link ProcessResult.settled} for that.
   *
   * @param queue Default `'default'`
   * @throws CarillonError `CAR5002` when the queue is worked off by itself, `CAR3001` when the application has ended
   * @example
   * queue.process('physics', { within: 2 });
   */
  process(queue = DEFAULT_QUEUE, options: ProcessOptions = {}): ProcessResult {
    this.#scope.assertOpen();
    if (!this.#isManual(queue)) {
      throw new CarillonError(
        'CAR5002',
        `Queue "${queue}" is worked off by itself. Configure it with drain: 'manual' to call process().`,
      );
    }
    return processQueue(this.#queue(queue), (key) => this.#handlers(queue, key), queue, this.#scope.runtime, options);
  }

  /** How many messages wait: in one queue, or in all of them. */
  size(queue?: string): number {
    if (queue !== undefined) return this.#queues.get(queue)?.size ?? 0;
    let size = 0;
    for (const messages of this.#queues.values()) size += messages.size;
    return size;
  }

  /** @internal Subscribes a handler that its scope ends. */
  wire(plan: HandlerPlan, owner: HandlerOwner, target?: object): Handler {
    const handler = new Handler(plan, target, owner, owner.runtime.nextSequence());
    this.#registry.add(handler);
    return handler;
  }

  /** @internal */
  handlers(): Iterable<Handler> {
    return this.#registry.handlers();
  }

  /** @internal Begins to work off what waits. */
  start(): void {
    this.#started = true;
    for (const name of this.#queues.keys()) this.#startWorker(name);
  }

  /** @internal Resolves when the queues that are worked off by themselves are empty and idle. */
  async drained(): Promise<void> {
    let size: number;
    do {
      size = this.#workers.size;
      await Promise.all([...this.#workers.values()].map((worker) => worker.idle()));
    } while (size !== this.#workers.size || [...this.#workers.values()].some((worker) => !worker.isIdle));
  }

  /** @internal Timers that are alive. */
  get timers(): number {
    return [...this.#workers.values()].filter((worker) => worker.hasTimer).length;
  }

  /** @internal Stops working and reports what is left undone. */
  close(): void {
    for (const worker of this.#workers.values()) worker.stop();
    this.#workers.clear();
    this.#registry.clear();
    for (const [name, messages] of this.#queues) {
      if (messages.size > 0) this.#scope.runtime.report(undoneError(name, messages.size));
    }
    this.#queues.clear();
  }

  #targets(key: EventKey, queue: string | undefined): readonly string[] {
    if (queue !== undefined) {
      if (typeof queue === 'string' && queue.trim() !== '') return [queue];
      throw new CarillonError(
        'CAR5003',
        `defer(${eventName(key)}) names the queue ${JSON.stringify(queue)}. Give a name that is not empty.`,
      );
    }
    const names = new Set<string>();
    for (const handler of this.#registry.find(key)) if (handler.active) names.add(handler.plan.queue as string);
    return names.size === 0 ? [DEFAULT_QUEUE] : [...names];
  }

  #handlers(queue: string, key: EventKey): Handler[] {
    return this.#registry.find(key).filter((handler) => handler.active && handler.plan.queue === queue);
  }

  #queue(name: string): MemoryQueue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new MemoryQueue();
      this.#queues.set(name, queue);
      if (this.#started) this.#startWorker(name);
    }
    return queue;
  }

  #isManual(name: string): boolean {
    return this.#options[name]?.drain === 'manual';
  }

  #startWorker(name: string): void {
    if (this.#isManual(name) || this.#workers.has(name)) return;
    const worker = new QueueWorker(
      this.#queue(name),
      (key) => this.#handlers(name, key),
      name,
      this.#scope.runtime,
      this.#options[name]?.concurrency ?? 1,
    );
    this.#workers.set(name, worker);
    worker.wake();
  }
}

function undoneError(queue: string, count: number): CarillonError {
  return new CarillonError(
    'CAR5004',
    `Queue "${queue}" ended with ${count} message(s) that nobody worked off. Give stop() more drain time, or use a durable provider.`,
  );
}
