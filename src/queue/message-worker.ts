/** Runs the handler of a message and decides the message's outcome, alike in memory and on every engine. */

import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { clearTimer, setTimer } from '../dispatch/clock.js';
import { DeliveryContext, type MessageContext } from '../dispatch/delivery-context.js';
import { AbandonedError } from '../dispatch/errors.js';
import { type Handler, handlerError, handlerName } from '../dispatch/handler.js';
import { type CallPlace, processed } from '../dispatch/processing.js';
import type { ContextSnapshot, Runtime } from '../dispatch/runtime.js';
import { isIntercepted, startHandler } from '../dispatch/start-handler.js';
import { isThrown, thrownSentence } from '../events/describe-thrown.js';
import { isThenable } from '../events/is-thenable.js';
import type { DeferredHandler } from './deferred-handlers.js';
import { failureOf } from './failure.js';
import { inboxKeyOf } from './inbox-key.js';
import { abortRuns } from './message-runs.js';
import type { DeathReason, Inbox, Outcome } from './queue-provider.js';
import type { RetryPolicy } from './retry-policy.js';

export const DONE: Outcome = { type: 'done' };

/** Back into the queue, due at once. */
export const GO_BACK: Outcome = { type: 'goBack', after: 0 };

/** The worker of one queue. */
export class MessageWorker {
  /** Set at the end of the application: no handler starts from then on. */
  closed = false;
  readonly #queue: string;
  readonly #place: CallPlace;
  readonly #runtime: Runtime;
  readonly #absent: (recipient: DeferredHandler, item: WorkItem) => Outcome;
  readonly #inbox: Inbox | undefined;

  constructor({ queue, system, runtime, absent, inbox }: MessageWorkerOptions) {
    this.#queue = queue;
    this.#place = { system, destination: queue };
    this.#runtime = runtime;
    this.#absent = absent;
    this.#inbox = inbox;
  }

  /** Never throws and never rejects. */
  run(
    recipient: DeferredHandler,
    key: EventKey,
    payload: unknown,
    item: WorkItem,
  ): Outcome | Promise<Outcome> {
    if (this.closed) return GO_BACK;
    if (item.expired) return this.#expired(key);
    const handlers = recipient.handlersOf(key);
    const handler = handlers[0];
    if (
      handlers.length === 1 &&
      handler?.active === true &&
      recipient.plain &&
      item.attempt <= recipient.maxAttempts
    ) {
      return this.#start(recipient, handler, key, payload, item);
    }
    if (!handlers.some(({ active }) => active)) return this.#absent(recipient, item);
    if (item.attempt > recipient.maxAttempts) return this.#killed(recipient, key, item);
    return recipient.plain
      ? this.#startAll(recipient, handlers, key, payload, item)
      : this.#guarded(recipient, key, payload, item);
  }

  /** The message cannot be read, or its payload is invalid. */
  unreadable(error: CarillonError): Outcome {
    return this.giveUp('unreadable', error);
  }

  /** It did not come as far as its handler, and nobody foresaw why: this is tried again, but not for ever. */
  undeliverable(error: unknown, attempt: number, retry: RetryPolicy): Outcome {
    const after = retry.next(error, attempt);
    const failure = new CarillonError(
      'CAR5022',
      `A message in queue "${this.#queue}" could not be given to its handler at attempt ${attempt}: ${thrownSentence(error)} It ${after === undefined ? 'is a dead letter' : 'is tried again'}; see the cause.`,
      { cause: error },
    );
    if (after === undefined) return this.giveUp('unreadable', failure);
    this.#runtime.report(failure);
    return { type: 'retry', after, failure: failureOf(failure) };
  }

  #expired(key: EventKey): Outcome {
    return this.giveUp(
      'expired',
      new CarillonError(
        'CAR5010',
        `A message ${eventName(key)} in queue "${this.#queue}" was not started within its time to live. It is a dead letter: give it more time, or the queue more workers.`,
      ),
    );
  }

  #start(
    recipient: DeferredHandler,
    handler: Handler,
    key: EventKey,
    payload: unknown,
    item: WorkItem,
  ): Outcome | Promise<Outcome> {
    try {
      const { asynchronous, takesDelivery } = handler.plan;
      const deliveryContext =
        asynchronous ||
        takesDelivery ||
        item.isTraced ||
        this.#runtime.telemetry !== undefined ||
        isIntercepted(handler)
          ? new DeliveryContext(key, item.context)
          : undefined;
      const value =
        item.snapshot === undefined
          ? this.#call(handler, payload, deliveryContext, item)
          : item.snapshot(() => this.#call(handler, payload, deliveryContext, item));
      return isThenable(value)
        ? this.#follow(recipient, handler, item, deliveryContext, value)
        : DONE;
    } catch (error) {
      return this.#failed(recipient, handler, item, error);
    }
  }

  #call(
    handler: Handler,
    payload: unknown,
    deliveryContext: DeliveryContext | undefined,
    item: WorkItem,
  ): unknown {
    const { runtime } = handler.owner;
    const { currentMessage, telemetry } = runtime;
    runtime.currentMessage = deliveryContext === undefined ? item : undefined;
    try {
      if (telemetry === undefined) return startHandler(handler, payload, deliveryContext);
      return processed(telemetry, handler, { place: this.#place, context: deliveryContext }, () =>
        startHandler(handler, payload, deliveryContext),
      );
    } finally {
      runtime.currentMessage = currentMessage;
    }
  }

  async #follow(
    recipient: DeferredHandler,
    handler: Handler,
    item: WorkItem,
    deliveryContext: DeliveryContext | undefined,
    value: PromiseLike<unknown>,
  ): Promise<Outcome> {
    try {
      await value;
      return DONE;
    } catch (error) {
      // Its scope has ended: this is no failure of the handler's.
      if (deliveryContext?.aborted === true) return GO_BACK;
      return this.#failed(recipient, handler, item, error);
    }
  }

  /** Several instances of one handler: the message is done when all of them have succeeded. */
  #startAll(
    recipient: DeferredHandler,
    handlers: readonly Handler[],
    key: EventKey,
    payload: unknown,
    item: WorkItem,
  ): Outcome | Promise<Outcome> {
    const outcomes: (Outcome | Promise<Outcome>)[] = [];
    for (const handler of handlers) {
      if (handler.active && !this.closed)
        outcomes.push(this.#start(recipient, handler, key, payload, item));
    }
    const pending = outcomes.some((outcome) => outcome instanceof Promise);
    return pending ? Promise.all(outcomes).then(worstOf) : worstOf(outcomes as Outcome[]);
  }

  async #guarded(
    recipient: DeferredHandler,
    key: EventKey,
    payload: unknown,
    item: WorkItem,
  ): Promise<Outcome> {
    const { breaker, inboxWindow } = recipient;
    const inbox = inboxWindow === undefined ? undefined : this.#inbox;
    const inboxKey = inbox === undefined ? '' : await inboxKeyOf(recipient.id, item.context.facts);
    try {
      if (await inbox?.has(inboxKey)) return DONE;
    } catch (cause) {
      this.#inboxFailed(cause, 'The message is tried again');
      return { type: 'goBack', after: 1000 };
    }
    if (this.closed) return GO_BACK;
    const wait = breaker?.wait() ?? 0;
    if (wait > 0) return { type: 'goBack', after: wait };
    const outcome = await this.#timed(recipient, key, payload, item);
    if (outcome.type === 'goBack') breaker?.left();
    else if (outcome.type === 'done') breaker?.succeeded();
    else if (breaker?.failed() === true) this.#runtime.report(this.#broken(recipient));
    if (outcome.type === 'done') await this.#remember(inbox, inboxKey, inboxWindow as number);
    return outcome;
  }

  /** What is done stays done: to take it back would do it once more, and again for as long as the inbox does not answer. */
  async #remember(inbox: Inbox | undefined, key: string, window: number): Promise<void> {
    try {
      await inbox?.add(key, window);
    } catch (cause) {
      this.#inboxFailed(cause, 'The message is done, but not remembered');
    }
  }

  #inboxFailed(cause: unknown, effect: string): void {
    this.#runtime.report(
      new CarillonError(
        'CAR5017',
        `The inbox of queue "${this.#queue}" does not answer. ${effect}; see the cause.`,
        { cause },
      ),
    );
  }

  async #timed(
    recipient: DeferredHandler,
    key: EventKey,
    payload: unknown,
    item: WorkItem,
  ): Promise<Outcome> {
    const { clock } = this.#runtime;
    const handlers = recipient.handlersOf(key);
    const outcome = this.#startAll(recipient, handlers, key, payload, item);
    if (!(outcome instanceof Promise) || recipient.timeout === undefined) return outcome;
    const { timeout } = recipient;
    let timer: unknown;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimer(
        clock,
        () => {
          const error = new CarillonError(
            'CAR5006',
            `${handlerName(recipient.plan)} had not settled on ${eventName(key)} after ${timeout} ms. Give it more time, or make it stop when delivery.signal is aborted.`,
          );
          const [handler] = handlers as readonly [Handler];
          resolve(this.#failed(recipient, handler, item, error));
          abortRuns(handlers, item.context, error);
        },
        timeout,
      );
    });
    try {
      return await Promise.race([outcome, late]);
    } finally {
      clearTimer(clock, timer);
    }
  }

  #failed(recipient: DeferredHandler, handler: Handler, item: WorkItem, error: unknown): Outcome {
    // Its scope has ended: this is no failure of the handler's.
    if (isThrown(error, AbandonedError)) return GO_BACK;
    this.#runtime.report(handlerError(handler, error));
    const after = recipient.retry.next(error, item.attempt);
    const failure = failureOf(error);
    if (after !== undefined) return { type: 'retry', after, failure };
    if (recipient.maxAttempts > 1) {
      this.#runtime.report(
        new CarillonError(
          'CAR5007',
          `${handlerName(recipient.plan)} gave up a message after ${item.attempt} attempt(s). It is a dead letter of queue "${this.#queue}": send it again or drop it.`,
          { cause: error },
        ),
      );
    }
    return { type: 'giveUp', reason: 'failed', failure };
  }

  #killed(recipient: DeferredHandler, key: EventKey, item: WorkItem): Outcome {
    return this.giveUp(
      'killed its worker',
      new CarillonError(
        'CAR5011',
        `A message ${eventName(key)} in queue "${this.#queue}" was given to ${handlerName(recipient.plan)} ${item.attempt - 1} time(s), and no result came. It is a dead letter: see whether it kills its worker.`,
      ),
    );
  }

  #broken(recipient: DeferredHandler): CarillonError {
    return new CarillonError(
      'CAR5008',
      `${handlerName(recipient.plan)} keeps failing: its circuit breaker has opened, and its messages wait. See the errors before.`,
    );
  }

  /** Tells whoever measures what became of a message. */
  settled(outcome: Outcome): Outcome {
    this.#runtime.telemetry?.settled?.({
      queue: this.#queue,
      system: this.#place.system,
      outcome: outcome.type,
      reason: outcome.type === 'giveUp' ? outcome.reason : undefined,
    });
    return outcome;
  }

  /** To the dead letters, with a report. */
  giveUp(reason: DeathReason, error: CarillonError): Outcome {
    this.#runtime.report(error);
    return { type: 'giveUp', reason, failure: failureOf(error) };
  }
}

/** What a worker needs to know. */
export interface MessageWorkerOptions {
  readonly queue: string;
  /** What telemetry calls the engine. */
  readonly system: string;
  readonly runtime: Runtime;
  /** What happens to a message whose handler has no living instance. */
  readonly absent: (recipient: DeferredHandler, item: WorkItem) => Outcome;
  readonly inbox: Inbox | undefined;
}

/** A message that has been read, wherever it is stored. */
export interface WorkItem {
  readonly attempt: number;
  readonly expired: boolean;
  readonly context: MessageContext;
  /** Whether messages sent by its handler are always correlated with it; otherwise only if the handler is asynchronous or takes the delivery. */
  readonly isTraced?: boolean;
  /** The sender's context, where the message is in memory and the application captures it. */
  readonly snapshot?: ContextSnapshot | undefined;
}

const RANK = { done: 0, goBack: 1, retry: 2, giveUp: 3 };

function worstOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (worst, outcome) => (RANK[outcome.type] > RANK[worst.type] ? outcome : worst),
    DONE,
  );
}
