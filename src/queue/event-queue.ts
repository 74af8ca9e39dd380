/** The queues of one application: deferred in one phase, worked off in another. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { refuseFault } from '../../decorators/check-options.js';
import { DEFAULT_QUEUE } from '../../decorators/declaration.js';
import type { Duration } from '../../decorators/duration.js';
import type { EventInstance, EventKey, EventToken, PayloadOf } from '../../decorators/event-key.js';
import type { StableName } from '../../decorators/work-options.js';
import { type Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import { tellSent } from '../dispatch/observer.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import { readEvent } from '../events/event-arguments.js';
import type { Scope } from '../scope/scope.js';
import type { QueueBackend } from './backend.js';
import { capabilitiesOf, DeferralBatches, QueueBackends } from './backends.js';
import { DeadLetters } from './dead-letters.js';
import { checkAble, checkDefer, checkDelay, type DeferOptions, delayOf } from './defer-options.js';
import type { DeferredHandler } from './deferred-handlers.js';
import { DeferredHandlers } from './deferred-handlers.js';
import { MemoryBackend } from './memory/memory-backend.js';
import { MemoryReceipt } from './memory/memory-receipt.js';
import type { ProcessOptions, ProcessResult } from './memory/process.js';
import { type QueuesOptions, unableError } from './queue-options.js';
import type { MessageStatus, QueueCapabilities, QueueCounts } from './queue-provider.js';
import { type Receipt, StoredReceipt } from './receipt.js';

const PLAIN: DeferOptions = {};

/** Where a plain defer of one event goes, as long as nothing has changed since. */
interface RouteCache {
  readonly key: EventKey;
  /** The version of the handlers, when it was found. */
  readonly version: number;
  readonly recipient: DeferredHandler;
  readonly backend: MemoryBackend;
}

/** One event with how it is deferred, for {@link EventQueue.deferAll}. */
export type DeferEntry = readonly [
  event: object | string,
  payload?: unknown,
  options?: DeferOptions,
];

/**
 * Work for later: `defer` accepts it, `@Deferred` handlers do it.
 *
 * A queue is worked off by itself from `start()` on, or, in manual mode, by {@link process} in the caller's turn. What is deferred
 * before is kept.
 */
export class EventQueue {
  readonly #scope: Scope;
  readonly #options: QueuesOptions;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #backends: QueueBackends;
  /** Of the event that was deferred last. */
  #lastRoute: RouteCache | undefined;

  /** Made by the application; inject it instead. */
  constructor(scope: Scope, options: QueuesOptions) {
    this.#scope = scope;
    this.#options = options;
    const { clock } = scope.runtime;
    this.#deferredHandlers = new DeferredHandlers((queue) => ({
      ...(options[queue] ?? {}),
      durable: capabilitiesOf(queue, options).durable,
      clock,
    }));
    this.#backends = new QueueBackends(scope, options, this.#deferredHandlers);
  }

  /**
   * Accepts a message; the promise resolves once it is accepted, on a durable provider once it is safe.
   *
   * @param event an instance of an event class
   * @returns the ids by which the message can be cancelled and asked for
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR4004` for what is no event, `CAR5003` and `CAR5015`
   * for options that are wrong, `CAR5012` when the queue is full, `CAR5018` when the engine is away, `CAR7012` for what the provider cannot
   * do
   * @example
   * const { id } = await queue.defer(new OrderPlaced('42'), { delay: '1m' });
   */
  defer<E extends object>(event: EventInstance<E>, options?: DeferOptions): Promise<Receipt>;
  /** Defers a token's event that has no payload. */
  defer(event: EventToken<void>, payload?: undefined, options?: DeferOptions): Promise<Receipt>;
  /** Defers a token's event with its payload. */
  defer<T>(event: EventToken<T>, payload: NoInfer<T>, options?: DeferOptions): Promise<Receipt>;
  /** Defers a topic with its payload. */
  defer<K extends string>(
    event: K,
    payload: PayloadOf<K>,
    options?: DeferOptions,
  ): Promise<Receipt>;
  defer(event: unknown, second?: unknown, third?: unknown): Promise<Receipt> {
    // The common call first: of the event that was deferred last, and nothing else is said of it.
    const lastRoute = this.#lastRoute;
    if (lastRoute !== undefined) {
      const isInstance = typeof event === 'object' && event?.constructor === lastRoute.key;
      const isNamed = event === lastRoute.key && typeof event !== 'function';
      if (
        (isInstance ? second === undefined : isNamed && third === undefined) &&
        this.#isOpen(lastRoute)
      ) {
        const { backend, key, recipient } = lastRoute;
        return Promise.resolve(
          new MemoryReceipt(backend.push(key, isInstance ? event : second, recipient)),
        );
      }
    }
    try {
      this.#scope.assertOpen();
      const { key, payload, options } = readEvent<DeferOptions>('defer', event, second, third);
      return tellSent(this.#scope, 'defer', key, payload, () =>
        options === undefined
          ? this.#deferPlain(key, payload)
          : this.#defer(key, payload, options, undefined),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Accepts many messages at once; on an engine they are stored in one batch for each queue.
   *
   * @example
   * await queue.deferAll([[new OrderPlaced('42')], [Tick, 16], ['mail.sent', { to }, { delay: '1s' }]]);
   */
  async deferAll(entries: readonly DeferEntry[]): Promise<readonly Receipt[]> {
    this.#scope.assertOpen();
    return this.#observeAll(entries, undefined);
  }

  /**
   * Defers within a transaction of the caller's: the message is there if and only if the transaction commits. For queues whose provider
   * has the capability `transactions`.
   *
   * @param transaction what the engine's client gives for one
   * @example
   * await db.transaction().execute((tx) => queue.within(tx).defer(new OrderPlaced('42')));
   */
  within(transaction: unknown): Pick<EventQueue, 'defer' | 'deferAll'> {
    const defer = async (event: unknown, second?: unknown, third?: unknown): Promise<Receipt> => {
      this.#scope.assertOpen();
      const {
        key,
        payload,
        options = PLAIN,
      } = readEvent<DeferOptions>('defer', event, second, third);
      return tellSent(this.#scope, 'defer', key, payload, () =>
        this.#defer(key, payload, options, transaction),
      );
    };
    const deferAll = async (entries: readonly DeferEntry[]) => {
      this.#scope.assertOpen();
      return this.#observeAll(entries, transaction);
    };
    return { defer, deferAll };
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
   * queue.process('physics', { maxTime: '2ms' });
   */
  process(queue = DEFAULT_QUEUE, options: ProcessOptions = {}): ProcessResult {
    this.#scope.assertOpen();
    const backend = this.#backends.get(queue);
    if (!(backend instanceof MemoryBackend) || !backend.isManual) {
      throw new CarillonError(
        'CAR5002',
        `Queue "${queue}" is worked off by itself. Configure it with processing: 'manual' to call process().`,
      );
    }
    return backend.process(options);
  }

  /** How many messages wait in memory: in one queue, or in all of them. For engines see {@link counts}. */
  size(queue?: string): number {
    return this.#backends.size(queue);
  }

  /** How many messages wait, are delayed, in work and dead, as exactly as the engine can tell. */
  async counts(queue = DEFAULT_QUEUE): Promise<QueueCounts> {
    return this.#backends.get(queue).counts();
  }

  /** What the provider of a queue can do. */
  capabilities(queue = DEFAULT_QUEUE): QueueCapabilities {
    return capabilitiesOf(queue, this.#options);
  }

  /**
   * Resolves once every queue is subscribed and its engine answers: what a readiness probe asks.
   *
   * @throws CarillonError (a rejection) when one is not
   */
  async ready(): Promise<void> {
    this.#scope.assertOpen();
    if (!this.#backends.isStarted) {
      throw new CarillonError('CAR5019', 'The queues are not worked off yet. Await start() first.');
    }
    await Promise.all(this.#backends.all.map((backend) => backend.ping()));
  }

  /** Begins no message of the queue until {@link resume}; this process only. */
  pause(queue = DEFAULT_QUEUE): void {
    this.#backends.get(queue).pause();
  }

  /** Goes on after {@link pause}. */
  resume(queue = DEFAULT_QUEUE): void {
    this.#backends.get(queue).resume();
  }

  /**
   * Takes a message back that nobody has begun.
   *
   * @param id of a stored message, as the receipt has it
   * @returns whether it was still there
   * @throws CarillonError (a rejection) `CAR7010` when the provider cannot
   */
  async cancel(id: string, queue?: string): Promise<boolean> {
    return this.#backends.ask({
      capability: 'cancel',
      queue,
      question: (backend) => backend.cancel(id),
      none: false,
    });
  }

  /**
   * Makes a waiting message due after a delay from now; a negative number is now. See {@link cancel}.
   *
   * @throws CarillonError (a rejection) `CAR5015` for what is no delay, `CAR7010` when the provider cannot
   */
  async reschedule(id: string, delay: Duration, queue?: string): Promise<boolean> {
    refuseFault('CAR5015', 'reschedule()', checkDelay(delay, 'delay'));
    return this.#backends.ask({
      capability: 'reschedule',
      queue,
      question: (backend) => backend.reschedule(id, delayOf(delay)),
      none: false,
    });
  }

  /**
   * How far a message is: its state, its attempt, and what its handler has told by `delivery.progress` and `delivery.log`.
   *
   * @returns `undefined` for a message that is not known, or not any more
   * @throws CarillonError (a rejection) `CAR7010` when the provider cannot tell
   */
  async status(id: string, queue?: string): Promise<MessageStatus | undefined> {
    return this.#backends.ask<MessageStatus | undefined>({
      capability: 'status',
      queue,
      question: (backend) => backend.status(id),
      none: undefined,
    });
  }

  /**
   * The dead letters of a queue.
   *
   * @throws CarillonError `CAR7010` when the provider cannot list them
   */
  deadLetters(queue = DEFAULT_QUEUE): DeadLetters {
    const backend = this.#backends.get(queue);
    if (!backend.capabilities.deadLetters)
      throw unableError(queue, backend.provider, 'deadLetters()', 'deadLetters');
    return new DeadLetters(backend.deadLetters);
  }

  /**
   * @internal Subscribes a handler that its scope ends.
   * @throws CarillonError `CAR5005` when its id is taken, `CAR5032` for an event that cannot travel, `CAR7010` for options that the provider
   * of its queue cannot honour
   */
  wire(plan: HandlerPlan, owner: HandlerOwner, instance?: object): Handler {
    const queue = plan.queue as string;
    const backend = this.#backends.get(queue);
    this.#checkHandler(plan, backend);
    const handler = this.#deferredHandlers.add(plan, owner, instance);
    backend.handlerAdded();
    return handler;
  }

  /** @internal */
  handlers(): Iterable<Handler> {
    return this.#deferredHandlers.handlers();
  }

  /** @internal Begins to work off what waits; resolves once every engine has subscribed. */
  start(): Promise<void> {
    return this.#backends.start();
  }

  /** @internal Resolves when the queues in memory that are worked off by themselves are empty and idle. */
  drained(): Promise<void> {
    return this.#backends.drained();
  }

  /** @internal What has been accepted and is not done, of each queue that is worked off by itself. */
  undone(): Promise<readonly (QueueCounts & { readonly queue: string })[]> {
    return this.#backends.undone();
  }

  /** @internal Timers that are alive. */
  get timers(): number {
    return this.#backends.timers;
  }

  /** @internal Starts nothing any more, and reports what is left undone. */
  end(): void {
    const backends = this.#backends.all;
    for (const backend of backends) backend.stop();
    this.#deferredHandlers.clear();
    for (const { name, size } of backends)
      if (size > 0) this.#scope.runtime.report(undoneError(name, size));
  }

  /** @internal Lets go of the engines, once what ran has settled. */
  close(): Promise<void> {
    return this.#backends.close();
  }

  /** As long as the application lives, no handler has come, that one lives, and nobody asks to be told. */
  #isOpen({ key, version, recipient, backend }: RouteCache): boolean {
    const { runtime, state } = this.#scope;
    if (
      state !== 'open' ||
      version !== this.#deferredHandlers.version ||
      recipient.handlersOf(key)[0]?.active !== true
    )
      return false;
    return backend.isOpen && runtime.observer === undefined;
  }

  /** The way of nearly every message: nothing was said of it, and one handler in memory wants it. */
  #deferPlain(key: EventKey, payload: unknown): Promise<Receipt> {
    this.#scope.runtime.early?.check('defer', key);
    const recipients = this.#deferredHandlers.recipientsOf(key);
    const [recipient] = recipients;
    const backend = this.#backends.get(recipient?.queue ?? DEFAULT_QUEUE);
    if (recipients.length > 1 || !(backend instanceof MemoryBackend && backend.isOpen)) {
      return this.#defer(key, payload, PLAIN, undefined);
    }
    if (recipient !== undefined)
      this.#lastRoute = { key, version: this.#deferredHandlers.version, recipient, backend };
    return Promise.resolve(new MemoryReceipt(backend.push(key, payload, recipient)));
  }

  async #defer(
    key: EventKey,
    payload: unknown,
    options: DeferOptions,
    transaction: unknown,
  ): Promise<Receipt> {
    checkDefer(key, options);
    const routes = this.#routes(key, options.queue);
    for (const backend of routes.keys()) this.#checkAble(backend, key, options, transaction);
    const stored = await Promise.all(
      [...routes].map(([backend, recipients]) =>
        backend.send([{ key, payload, options, recipients }], transaction),
      ),
    );
    return new StoredReceipt(stored.flat());
  }

  /** A observer is told of each, and that all are accepted together. */
  #observeAll(entries: readonly DeferEntry[], transaction: unknown): Promise<readonly Receipt[]> {
    const send = () => this.#deferAll(entries, transaction);
    if (this.#scope.runtime.observer === undefined) return send();
    return entries.reduceRight<() => Promise<readonly Receipt[]>>((next, entry) => {
      const { key, payload } = readEvent('defer', ...argumentsOf(entry));
      return () => tellSent(this.#scope, 'defer', key, payload, next);
    }, send)();
  }

  async #deferAll(
    entries: readonly DeferEntry[],
    transaction: unknown,
  ): Promise<readonly Receipt[]> {
    const batches = new DeferralBatches();
    let [routed, routes]: [EventKey | undefined, ReadonlyMap<QueueBackend, DeferredHandler[]>] = [
      undefined,
      new Map(),
    ];
    entries.forEach(([event, second, third], place) => {
      const {
        key,
        payload,
        options = PLAIN,
      } = readEvent<DeferOptions>('defer', event, second, third);
      if (options !== PLAIN) checkDefer(key, options);
      // Nearly always they are all of one event.
      if (key !== routed || options !== PLAIN) routes = this.#routes(key, options.queue);
      routed = options === PLAIN ? key : undefined;
      for (const [backend, recipients] of routes) {
        this.#checkAble(backend, key, options, transaction);
        batches.add(place, backend, { key, payload, options, recipients });
      }
    });
    const stored = await batches.send(transaction);
    return stored.map((messages) => new StoredReceipt(messages));
  }

  /** Each queue that a message goes to, with its handlers there. */
  #routes(key: EventKey, queue: string | undefined): Map<QueueBackend, DeferredHandler[]> {
    this.#scope.runtime.early?.check('defer', key);
    const recipients = this.#deferredHandlers.recipientsOf(key);
    const names =
      queue === undefined ? new Set(recipients.map((recipient) => recipient.queue)) : [queue];
    const routes = new Map<QueueBackend, DeferredHandler[]>();
    for (const name of names) {
      routes.set(
        this.#backends.get(name),
        recipients.filter((recipient) => recipient.queue === name),
      );
    }
    if (routes.size === 0) routes.set(this.#backends.get(DEFAULT_QUEUE), []);
    return routes;
  }

  #checkAble(
    { name, provider, capabilities }: QueueBackend,
    key: EventKey,
    options: DeferOptions,
    transaction: unknown,
  ): void {
    if (options !== PLAIN) checkAble(key, options, name, provider, capabilities);
    if (transaction !== undefined && !capabilities.transactions)
      throw unableError(name, provider, 'within()', 'transactions');
  }

  #checkHandler(plan: HandlerPlan, backend: QueueBackend): void {
    const { idempotent = false } = plan.options as StableName;
    const { inbox } = this.#options[backend.name] ?? {};
    if (idempotent !== false && !backend.capabilities.inbox && inbox === undefined) {
      throw unableError(
        backend.name,
        backend.provider,
        `the idempotent handler ${handlerName(plan)}`,
        'inbox',
      );
    }
    backend.checkEvent?.(plan.event);
  }
}

function argumentsOf([event, second, third]: DeferEntry): [unknown, unknown, unknown] {
  return [event, second, third];
}

function undoneError(queue: string, count: number): CarillonError {
  return new CarillonError(
    'CAR5004',
    `Queue "${queue}" ended with ${count} message(s) that nobody worked off. Give stop() more drain time, or use a durable provider.`,
  );
}
