/** The bus of one application: what is published reaches every scope's subscribers. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { Delivery } from '../../decorators/delivery.js';
import type { EventInstance, EventKey, EventToken, PayloadOf } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { groupSubject } from '../../decorators/group-options.js';
import { handlerSubject } from '../../decorators/handler-options.js';
import { orderSubject } from '../../decorators/order-options.js';
import type { Subjects, SubscribeOptions } from '../../decorators/verb-options.js';
import { type Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import { functionPlan } from '../dispatch/handler-plan.js';
import { tellSent } from '../dispatch/observer.js';
import { Registry } from '../dispatch/registry.js';
import { type HandlerOwner, runInSnapshot } from '../dispatch/runtime.js';
import { type Unsubscribe, unsubscribeOf } from '../dispatch/unsubscribe.js';
import { readEvent } from '../events/event-arguments.js';
import type { Scope } from '../scope/scope.js';
import type { BusBackend, BusProvider } from './bus-backend.js';
import { notTaken } from './bus-error.js';
import { PublishNesting } from './publish-nesting.js';
import type { PendingMessage } from './subscriber-buffer.js';
import { groupOf, Subscriber, Subscribers } from './subscribers.js';

/** What telemetry calls the bus within the process. */
const MEMORY = 'memory';

const NOTHING = (): void => undefined;
/** What a publish gives whose subscribers have all taken their message. */
const TAKEN: Promise<void> = Promise.resolve();
const SUBSCRIBE_SUBJECTS: Subjects = [orderSubject, handlerSubject, groupSubject];

/**
 * Publish and subscribe across the whole application, and with a transport across processes.
 *
 * In memory the subscribers start in order before `publish` returns, and the promise resolves once each of them has started or has the
 * message in its buffer. With a transport it resolves once the engine has accepted the message. Errors of subscribers are reported by their
 * scope, not to the publisher.
 */
export class EventBus {
  readonly #scope: Scope;
  readonly #registry = new Registry();
  readonly #subscribers = new Subscribers({}, 'wait', MEMORY);
  readonly #backend: BusBackend | undefined;
  readonly #nesting: PublishNesting;
  #isOver = false;

  /** Made by the application; inject it instead. */
  constructor(scope: Scope, provider?: BusProvider) {
    this.#scope = scope;
    this.#backend = provider?.attach(scope);
    this.#nesting = new PublishNesting(scope.runtime.depthLimit);
  }

  /**
   * Delivers the event to every subscriber.
   *
   * @param event an instance of an event class
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR4004` for an invalid event, `CAR4006` for publishes that go round in a circle, `CAR5039` for a
   * full subscriber with `whenFull: 'reject'`, `CAR4013`, `CAR4014` before the start; with a transport also `CAR5032`, `CAR5034`, `CAR5035`, `CAR5037` for what cannot travel,
   * `CAR5040` when the engine has refused it, `CAR5046` when it may have accepted it, `CAR5041` for too many before the start
   * @example
   * await bus.publish('order.placed', { id: '42' });
   */
  publish<E extends object>(event: EventInstance<E>): Promise<void>;
  /** Publishes a token's event that has no payload. */
  publish(event: EventToken<void>, payload?: undefined): Promise<void>;
  /** Publishes a token's event with its payload. */
  publish<T>(event: EventToken<T>, payload: NoInfer<T>): Promise<void>;
  /** Publishes a topic with its payload. */
  publish<K extends string>(event: K, payload: PayloadOf<K>): Promise<void>;
  publish(event: unknown, second?: unknown): Promise<void> {
    try {
      this.#scope.assertOpen();
      const { key, payload } = readEvent('publish', event, second, undefined);
      const { early, observer } = this.#scope.runtime;
      // The common call: within the process, at once, and nobody watches.
      if ((this.#backend ?? early ?? observer) === undefined)
        return this.#send(key, payload) ?? TAKEN;
      return tellSent(this.#scope, 'publish', { key, payload }, () => this.#publish(key, payload));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Resolves once every subscriber so far receives what is published from now on. In memory that is immediately; with a transport, once the
   * application has started and the engine has confirmed each subscription.
   *
   * @throws CarillonError (a rejection) `CAR3001` when the application ends first, `CAR5042` when the engine refuses a subscription
   */
  async ready(): Promise<void> {
    await this.#backend?.ready();
  }

  /**
   * Calls back for each event that is published until it is unsubscribed or the application ends.
   *
   * @param event a class, a token or a topic; `*` is one segment of a topic, `**` any number
   * @param handler gets the payload, and the delivery as its second parameter
   * @param options as of `@Subscribe`
   * @throws CarillonError `CAR3001` when the application has ended; with a transport also `CAR5031`, `CAR5032` for an event that has no
   * name of its own, `CAR7021` for what the transport cannot do
   */
  subscribe<const K extends EventKey>(
    event: K,
    handler: (payload: PayloadOf<K>, delivery: Delivery) => unknown,
    options?: SubscribeOptions<PayloadOf<K>>,
  ): Unsubscribe {
    this.#scope.assertOpen();
    return unsubscribeOf(
      this.wire(
        functionPlan(this.#scope.runtime, 'Subscribe', event, handler, options, SUBSCRIBE_SUBJECTS),
        this.#scope,
      ),
    );
  }

  /** @internal Subscribes a handler that its scope ends. */
  wire(plan: HandlerPlan, owner: HandlerOwner, target?: object): Handler {
    const handler = new Subscriber(plan, target, owner);
    const undo = this.#backend?.add(handler);
    try {
      this.#registry.add(handler);
    } catch (error) {
      undo?.();
      throw error;
    }
    handler.onEnd = () => {
      undo?.();
      const waiting = this.#subscribers.end(handler);
      if (waiting.length > 0) this.#ended(handler, waiting);
    };
    return handler;
  }

  /** @internal */
  handlers(): Iterable<Handler> {
    return this.#registry.handlers();
  }

  /** @internal Connects; resolves once every wired handler is subscribed. */
  async start(): Promise<void> {
    await this.#backend?.start();
  }

  /**
   * @internal Resolves once no message waits within the process.
   *
   * @param ending the scope whose end waits for that; nothing more is taken from an engine where it is the application's
   */
  async drained(ending: Scope): Promise<void> {
    const isWhole = ending === this.#scope;
    await Promise.all([this.#subscribers.idle(), isWhole ? this.#backend?.drained?.() : undefined]);
  }

  /** @internal Publishes and delivers nothing from now on, and reports what still waits within the process. */
  end(): void {
    this.#isOver = true;
    this.#registry.clear();
    this.#backend?.end();
  }

  /** @internal Closes the connection, once what it delivered has been processed. */
  async close(): Promise<void> {
    await this.#backend?.close();
  }

  /** @internal Its {@link close} is not waited for any more: names what the engine has not answered. */
  leave(): readonly string[] {
    const left = this.#backend?.leave?.() ?? [];
    return left.length === 0 ? ['the end of the bus'] : left;
  }

  async #publish(key: EventKey, payload: unknown): Promise<void> {
    const { runtime } = this.#scope;
    const { early } = runtime;
    if (this.#backend !== undefined) {
      early?.check('publish', key);
      return this.#backend.publish(key, payload);
    }
    if (early === undefined) return this.#send(key, payload);
    const send = async () => this.#send(key, payload);
    early.take(
      'publish',
      key,
      () => void send().catch((error: CarillonError) => runtime.report(error)),
    );
  }

  /** Within the process. */
  #send(key: EventKey, payload: unknown): Promise<void> | undefined {
    const { telemetry } = this.#scope.runtime;
    if (telemetry === undefined) return this.#deliver(key, payload);
    const destination = eventName(key);
    const sent = telemetry.send(
      { verb: 'publish', system: MEMORY, destination, event: key, count: 1 },
      async () => this.#deliver(key, payload),
    );
    // As refused() has it.
    if (this.#nesting.recursion !== undefined) sent.catch(NOTHING);
    return sent;
  }

  /** Gives a promise where it has to wait: a subscriber is full and holds its publishers back; the others have the message by then. */
  #deliver(key: EventKey, payload: unknown): Promise<void> | undefined {
    if (this.#nesting.isFull) return this.#deliverDeep(key, payload);
    const { runtime } = this.#scope;
    const message: PendingMessage = {
      key,
      payload,
      trace: runtime.telemetry?.trace(),
      snapshot: runtime.context.capture?.(),
      done: NOTHING,
    };
    const chosen = this.#subscribers.choose(this.#registry.find(key).entries);
    if ((runtime.observer ?? runtime.unheard) !== undefined && !chosen.some(({ active }) => active))
      this.#unheard(key, payload);
    this.#nesting.begin(key);
    try {
      return this.#giveAll(chosen, message);
    } finally {
      this.#nesting.end();
    }
  }

  #unheard(key: EventKey, payload: unknown): void {
    const { runtime, path } = this.#scope;
    runtime.observer?.unheard(eventName(key), payload, path);
    runtime.unheard?.report('published', this.#scope, key);
  }

  #giveAll(chosen: readonly Handler[], message: PendingMessage): Promise<void> | undefined {
    const { observer } = this.#scope.runtime;
    let full: Promise<void>[] | undefined;
    let errors: unknown[] | undefined;
    for (let index = 0, count = chosen.length; index < count; index += 1) {
      const handler = chosen[index] as Handler;
      if (!handler.active) {
        // An earlier one has ended it.
        if (groupOf(handler) !== undefined) this.#ended(handler, [message]);
        continue;
      }
      observer?.called(handlerName(handler.plan));
      this.#nesting.calls(handler);
      try {
        const room = this.#subscribers.give(handler, message);
        if (room === undefined) continue;
        full ??= [];
        full.push(room);
      } catch (error) {
        errors ??= [];
        errors.push(error);
      }
    }
    return (full ?? errors) === undefined ? undefined : taken(full, errors);
  }

  /** Publishes that go round in a circle are refused; a long chain goes on in a turn of its own, so that the stack never overflows. */
  #deliverDeep(key: EventKey, payload: unknown): Promise<void> {
    const { runtime } = this.#scope;
    const known = this.#nesting.recursion;
    if (known !== undefined) return refused(known);
    const recursion = this.#nesting.recursionOf(key);
    if (recursion !== undefined) {
      runtime.report(recursion);
      return refused(recursion);
    }
    const snapshot = runtime.context.capture?.();
    const asPart = this.#nesting.suspend();
    return Promise.resolve().then(() => {
      this.#scope.assertOpen();
      return runInSnapshot(snapshot, () => asPart(() => this.#deliver(key, payload)));
    });
  }

  /** What a handler that has ended leaves behind: another member of its group gets it, once all that end together have. */
  #ended(handler: Handler, messages: readonly PendingMessage[]): void {
    if (this.#isOver || groupOf(handler) === undefined) this.#lost(handler, messages.length);
    else void Promise.resolve().then(() => this.#passOn(handler, messages));
  }

  #passOn(handler: Handler, messages: readonly PendingMessage[]): void {
    const group = groupOf(handler);
    let lost = 0;
    for (const message of messages) {
      const members = this.#registry.find(message.key).entries;
      const [member] = this.#subscribers.choose(
        members.filter((other) => other.active && groupOf(other) === group),
      );
      if (member === undefined) lost += 1;
      else this.#giveLate(member, message);
    }
    if (lost > 0) this.#lost(handler, lost);
  }

  /** Gives what its publisher has been told to be taken. */
  #giveLate(handler: Handler, message: PendingMessage): void {
    const { runtime } = this.#scope;
    runtime.observer?.called(handlerName(handler.plan));
    try {
      this.#subscribers.give(handler, message);
    } catch (error) {
      runtime.report(error as CarillonError);
    }
  }

  #lost(handler: Handler, count: number): void {
    this.#scope.runtime.report(notTaken(handler, count));
  }
}

/** Who does not look at the promise must not end the process by it: the error has been reported. */
function refused(error: CarillonError): Promise<void> {
  const refusal = Promise.reject(error);
  refusal.catch(NOTHING);
  return refusal;
}

async function taken(
  full: readonly Promise<void>[] = [],
  [error]: readonly unknown[] = [],
): Promise<void> {
  await Promise.all(full);
  if (error !== undefined) throw error;
}
