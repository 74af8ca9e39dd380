/** The queues of one application: events are deferred now and handled later. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { refuseFault } from '../../decorators/check-options.js';
import { DEFAULT_QUEUE } from '../../decorators/declaration.js';
import type { Duration } from '../../decorators/duration.js';
import type { EventInstance, EventKey, EventToken, PayloadOf } from '../../decorators/event-key.js';
import type { StableName } from '../../decorators/work-options.js';
import { type Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import { tellSent } from '../dispatch/observer.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import type { QueueNumbers } from '../dispatch/telemetry.js';
import { readEvent } from '../events/event-arguments.js';
import type { Scope } from '../scope/scope.js';
import { acceptedByAll } from './acceptance.js';
import { type LocalBackend, type QueueBackend, sendTo } from './backend.js';
import type { QueueBackends } from './backends.js';
import { DeadLetters } from './dead-letters.js';
import { checkAble, checkDefer, checkDelay, type DeferOptions, delayOf } from './defer-options.js';
import type { DeferredHandler, DeferredHandlers } from './deferred-handlers.js';
import { JoinedTransaction } from './joined-transaction.js';
import type { ProcessOptions, ProcessResult } from './memory/process.js';
import { type QueuesOptions, unableError } from './queue-options.js';
import type { QueueParts } from './queue-parts.js';
import type { MessageStatus, QueueCapabilities, QueueCounts } from './queue-provider.js';
import { type Receipt, StoredReceipt } from './receipt.js';

const PLAIN: DeferOptions = {};

/** One event with its options, for {@link EventQueue.deferAll}. */
export type DeferEntry = readonly [
  event: object | string,
  payload?: unknown,
  options?: DeferOptions,
];

/**
 * Work for later: `defer` stores a message, and `@Deferred` handlers handle it.
 *
 * A queue is processed automatically from `start()` on; a manual one by {@link process}, in the caller's own call stack. Messages deferred
 * earlier are kept until then.
 */
export class EventQueue {
  readonly #scope: Scope;
  readonly #options: QueuesOptions;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #backends: QueueBackends;
  /** The route of the event that was deferred last. */
  #lastRoute: RouteCache | undefined;

  /** Made by the application; inject it instead. */
  constructor(scope: Scope, options: QueuesOptions, parts: QueueParts) {
    this.#scope = scope;
    this.#options = options;
    this.#deferredHandlers = parts.deferredHandlers;
    this.#backends = parts.backends;
  }

  /**
   * Defers an event. The promise resolves once the message is accepted; with a durable provider, once it is stored.
   *
   * @param event an instance of an event class
   * @returns the ids by which the message can be cancelled, rescheduled and looked up
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR4004` for a value that is not an event, `CAR5003` and
   * `CAR5015` for invalid options, `CAR5012` when the queue is full, `CAR5018` when the engine is unavailable, `CAR7012` for an option that
   * the provider does not support; and `CAR5020` when the message may have been accepted: each other code says that it was refused
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
    // The common call first: the event that was deferred last, without options.
    const lastRoute = this.#lastRoute;
    if (lastRoute !== undefined) {
      const isInstance = typeof event === 'object' && event?.constructor === lastRoute.key;
      const isNamed = event === lastRoute.key && typeof event !== 'function';
      if (
        (isInstance ? second === undefined : isNamed && third === undefined) &&
        this.#isOpen(lastRoute)
      ) {
        const { backend, key, recipient } = lastRoute;
        return Promise.resolve(backend.push(key, isInstance ? event : second, recipient));
      }
    }
    try {
      this.#scope.assertOpen();
      const sent = readEvent<DeferOptions>('defer', event, second, third);
      const { key, payload, options } = sent;
      return tellSent(this.#scope, 'defer', sent, () =>
        options === undefined
          ? this.#deferPlain(key, payload)
          : this.#defer(key, payload, options, undefined),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Defers many events at once; an engine stores them in one batch for each queue.
   *
   * @example
   * await queue.deferAll([[new OrderPlaced('42')], [Tick, 16], ['mail.sent', { to }, { delay: '1s' }]]);
   */
  async deferAll(entries: readonly DeferEntry[]): Promise<readonly Receipt[]> {
    this.#scope.assertOpen();
    return this.#observeAll(entries, undefined);
  }

  /**
   * Defers within the caller's own transaction: the message exists if and only if the transaction commits. Needs a provider with the
   * capability `transactions`.
   *
   * The handle is for the transaction that is open at this call. Await what you defer before the commit.
   *
   * @param transaction the transaction object of the engine's client
   * @throws CarillonError (a rejection of `defer`) `CAR5050` for a value that is no transaction, `CAR5051` for a transaction that has not begun or has
   * ended, `CAR7010` for a queue without transactions
   * @example
   * await db.transaction().execute((tx) => queue.within(tx).defer(new OrderPlaced('42')));
   */
  within(transaction: unknown): Pick<EventQueue, 'defer' | 'deferAll'> {
    const joined = new JoinedTransaction(transaction, this.#options);
    const defer = async (event: unknown, second?: unknown, third?: unknown): Promise<Receipt> => {
      this.#scope.assertOpen();
      const sent = readEvent<DeferOptions>('defer', event, second, third);
      const { key, payload, options = PLAIN } = sent;
      return tellSent(this.#scope, 'defer', sent, () => this.#defer(key, payload, options, joined));
    };
    const deferAll = async (entries: readonly DeferEntry[]) => {
      this.#scope.assertOpen();
      return this.#observeAll(entries, joined);
    };
    return { defer, deferAll };
  }

  /**
   * Processes a manual queue, first in, first out, in the caller's own call stack.
   *
   * Messages deferred meanwhile wait for the next call, unless `until: 'empty'`. Asynchronous handlers are started, not awaited: await
   * {@link ProcessResult.settled} for that.
   *
   * @param queue Default `'default'`
   * @param options `max` messages at most, `maxTime` at most, and whether messages that are deferred meanwhile count: `until`
   * @throws CarillonError `CAR5002` when the queue is processed automatically, `CAR3001` when the application has ended
   * @example
   * queue.process('physics', { maxTime: '2ms' });
   */
  process(queue = DEFAULT_QUEUE, options: ProcessOptions = {}): ProcessResult {
    this.#scope.assertOpen();
    const { local } = this.#backends.get(queue);
    if (local?.isManual !== true) {
      throw new CarillonError(
        'CAR5002',
        `Queue "${queue}" is processed automatically. Configure it with processing: 'manual' to call process().`,
      );
    }
    return local.process(options);
  }

  /**
   * How many messages wait in memory: in one queue, or in all of them. For engines see {@link counts}.
   *
   * @param queue default all queues together
   */
  size(queue?: string): number {
    return this.#backends.size(queue);
  }

  /**
   * How many messages wait, are delayed, in progress and dead, as exactly as the engine can tell.
   *
   * @param queue Default `'default'`
   * @throws CarillonError (a rejection) `CAR5018` when the engine is unavailable
   */
  async counts(queue = DEFAULT_QUEUE): Promise<QueueCounts> {
    return this.#backends.get(queue).counts();
  }

  /**
   * What the provider of a queue can do.
   *
   * @param queue Default `'default'`
   */
  capabilities(queue = DEFAULT_QUEUE): QueueCapabilities {
    return this.#backends.capabilitiesOf(queue);
  }

  /**
   * Resolves once every queue is subscribed and its engine answers; for readiness probes.
   *
   * @throws CarillonError (a rejection) `CAR5019` before `start()`, `CAR5018` when an engine is unavailable
   */
  async ready(): Promise<void> {
    this.#scope.assertOpen();
    if (!this.#backends.isStarted) {
      throw new CarillonError('CAR5019', 'The queues are not processed yet. Await start() first.');
    }
    await Promise.all(this.#backends.all.map((backend) => backend.ping()));
  }

  /**
   * Starts no message of the queue until {@link resume}, in this process only.
   *
   * @param queue Default `'default'`
   */
  pause(queue = DEFAULT_QUEUE): void {
    this.#backends.get(queue).pause();
  }

  /**
   * Ends {@link pause}.
   *
   * @param queue Default `'default'`
   */
  resume(queue = DEFAULT_QUEUE): void {
    this.#backends.get(queue).resume();
  }

  /**
   * Removes a message that no worker has started.
   *
   * @param id the id of a stored message, from its receipt
   * @param queue Default: every queue is searched
   * @returns whether the message was still waiting
   * @throws CarillonError (a rejection) `CAR7010` when the provider does not support it
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
   * Changes when a waiting message is due. See {@link cancel}.
   *
   * @param delay from now; a negative number means now
   * @throws CarillonError (a rejection) `CAR5015` for an invalid delay, `CAR7010` when the provider does not support it
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
   * The state of a message, its attempt, and what its handler reported by `delivery.progress` and `delivery.log`.
   *
   * @returns `undefined` for an unknown message; a finished one is remembered for a while
   * @throws CarillonError (a rejection) `CAR7010` when the provider does not support it
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
   * @param queue Default `'default'`
   * @throws CarillonError `CAR7010` when the provider does not support it
   */
  deadLetters(queue = DEFAULT_QUEUE): DeadLetters {
    const backend = this.#backends.get(queue);
    if (!backend.capabilities.deadLetters)
      throw unableError(queue, backend.provider, 'deadLetters()', 'deadLetters');
    return new DeadLetters(backend.deadLetters);
  }

  /**
   * @internal Adds a handler, which its scope ends.
   * @throws CarillonError `CAR5005` when its id is another handler's, `CAR5032` for an event that has no name to be stored under, `CAR7010` for an option
   * that the provider of its queue does not support
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

  /** @internal Begins automatic processing; resolves once every engine has subscribed. */
  start(): Promise<void> {
    return this.#backends.start();
  }

  /**
   * @internal Resolves when the queues in memory that are processed automatically are idle and nothing is due.
   *
   * @param besides how many of the messages that a queue handles at the moment are not waited for; default none
   */
  drained(besides: (queue: string) => number = () => 0): Promise<void> {
    return this.#backends.drained(besides);
  }

  /** @internal Takes nothing more from the engines; resolves once what they gave out is settled. */
  quiesce(): Promise<void> {
    return this.#backends.quiesce();
  }

  /** @internal The counts of each queue that is processed automatically. */
  undone(): Promise<readonly (QueueCounts & { readonly queue: string })[]> {
    return this.#backends.undone();
  }

  /** @internal The numbers of every queue that has been used. */
  numbers(): Promise<readonly QueueNumbers[]> {
    return this.#backends.numbers();
  }

  /** @internal How many queues have a timer. */
  get timers(): number {
    return this.#backends.timers;
  }

  /** @internal Starts no handler from now on, and reports the messages in memory that are lost. */
  end(): void {
    const backends = this.#backends.all;
    for (const backend of backends) backend.stop();
    this.#deferredHandlers.clear();
    for (const { name, size } of backends)
      if (size > 0) this.#scope.runtime.report(unprocessedError(name, size));
  }

  /** @internal Closes the engines, once what runs has settled. */
  close(): Promise<void> {
    return this.#backends.close();
  }

  /** Whether the cached route still holds: nothing has ended, no handler was added, and no observer listens. */
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

  /** The route of nearly every message: without options, to one handler in memory. */
  #deferPlain(key: EventKey, payload: unknown): Promise<Receipt> {
    this.#scope.runtime.early?.check('defer', key);
    const recipients = this.#deferredHandlers.recipientsOf(key);
    const [recipient] = recipients;
    const backend = this.#backends.get(recipient?.queue ?? DEFAULT_QUEUE);
    const { local } = backend;
    const { telemetry } = this.#scope.runtime;
    if (recipients.length > 1 || local?.isOpen !== true || telemetry !== undefined) {
      return this.#defer(key, payload, PLAIN, undefined);
    }
    if (recipient !== undefined) {
      const { version } = this.#deferredHandlers;
      this.#lastRoute = { key, version, recipient, backend: local };
    }
    return Promise.resolve(local.push(key, payload, recipient));
  }

  async #defer(
    key: EventKey,
    payload: unknown,
    options: DeferOptions,
    transaction: JoinedTransaction | undefined,
  ): Promise<Receipt> {
    checkDefer(key, options);
    const routes = this.#routes(key, options.queue);
    for (const backend of routes.keys()) this.#checkAble(backend, key, options, transaction);
    const stored = await acceptedByAll(
      [...routes].map(([backend, recipients]) =>
        sendTo(backend, [{ key, payload, options, recipients }], {
          transaction,
          telemetry: this.#scope.runtime.telemetry,
        }),
      ),
    );
    return new StoredReceipt(stored.flat());
  }

  /** An observer sees each message; all of them are accepted together. */
  #observeAll(
    entries: readonly DeferEntry[],
    transaction: JoinedTransaction | undefined,
  ): Promise<readonly Receipt[]> {
    const send = () => this.#deferAll(entries, transaction);
    if (this.#scope.runtime.observer === undefined) return send();
    return entries.reduceRight<() => Promise<readonly Receipt[]>>((next, entry) => {
      const sent = readEvent('defer', ...argumentsOf(entry));
      return () => tellSent(this.#scope, 'defer', sent, next);
    }, send)();
  }

  async #deferAll(
    entries: readonly DeferEntry[],
    transaction: JoinedTransaction | undefined,
  ): Promise<readonly Receipt[]> {
    const batches = this.#backends.newBatches();
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
      // Usually all entries are of one event.
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
    backend: QueueBackend,
    key: EventKey,
    options: DeferOptions,
    transaction: JoinedTransaction | undefined,
  ): void {
    const { name, provider, capabilities } = backend;
    if (options !== PLAIN) checkAble(key, options, backend);
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

/** Where events without options go, as long as nothing has changed. */
interface RouteCache {
  readonly key: EventKey;
  /** Of the deferred handlers. */
  readonly version: number;
  readonly recipient: DeferredHandler;
  readonly backend: LocalBackend;
}

function argumentsOf([event, second, third]: DeferEntry): [unknown, unknown, unknown] {
  return [event, second, third];
}

function unprocessedError(queue: string, count: number): CarillonError {
  return new CarillonError(
    'CAR5004',
    `Queue "${queue}" ended with ${count} message(s) that were not processed. Give stop() more drain time, or use a durable provider.`,
  );
}
