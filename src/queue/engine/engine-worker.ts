/** Gives the messages of one engine queue to their handlers: reads envelopes, and finds the handlers. */

import { CarillonError } from '../../../decorators/carillon-error.js';
import { isName } from '../../../decorators/check-options.js';
import type { MessageFacts } from '../../../decorators/delivery.js';
import type { EventKey } from '../../../decorators/event-key.js';
import type { MessageContext, Progress } from '../../dispatch/delivery-context.js';
import type { Handler } from '../../dispatch/handler.js';
import { traceOf } from '../../dispatch/processing.js';
import type { Runtime } from '../../dispatch/runtime.js';
import type { MessageTrace } from '../../dispatch/telemetry.js';
import { bytesToText } from '../../events/base64.js';
import { isThrown } from '../../events/describe-thrown.js';
import type { Envelope } from '../../events/envelope.js';
import { envelopeFacts, type MessageCodec, sentAt } from '../../events/message-codec.js';
import { newId } from '../../events/new-id.js';
import type { DeferredHandler, DeferredHandlers } from '../deferred-handlers.js';
import { absentHandlerError, noHandlerError } from '../handler-errors.js';
import { abortRuns } from '../message-runs.js';
import { DONE, GO_BACK, MessageWorker, type WorkItem } from '../message-worker.js';
import { absentHandlerTime, type QueueContext, unknownHandlerTime } from '../queue-options.js';
import type { Outcome, ProviderQueue, QueueDelivery } from '../queue-provider.js';
import { DURABLE_ATTEMPTS, RetryPolicy } from '../retry-policy.js';
import { AbsentHandlers } from './absent-handlers.js';
import {
  eventNotTakenError,
  lostLeaseError,
  unknownHandlerError,
  unservedQueueError,
} from './unknown-handlers.js';

/** How many absent handlers are reported one by one, each once. */
const REPORTED = 1000;

/** The queue at its engine. */
export interface OpenedQueue {
  readonly queue: ProviderQueue;
  /** The engine. */
  readonly system: string;
}

export class EngineWorker {
  readonly #name: string;
  readonly #queue: ProviderQueue;
  readonly #codec: MessageCodec;
  readonly #deferredHandlers: DeferredHandlers;
  /** Of the queue, for messages that do not come as far as a handler. */
  readonly #retry: RetryPolicy;
  readonly #runtime: Runtime;
  readonly #absentHandlers: AbsentHandlers;
  /** In milliseconds. */
  readonly #unknownTime: number;
  /** By event and handler. */
  readonly #reported = new Set<string>();
  readonly #worker: MessageWorker;
  #running = 0;

  constructor(
    { name, options, deferredHandlers, runtime }: QueueContext,
    { queue, system }: OpenedQueue,
    codec: MessageCodec,
  ) {
    this.#name = name;
    this.#queue = queue;
    this.#codec = codec;
    this.#deferredHandlers = deferredHandlers;
    this.#retry = new RetryPolicy({}, options, DURABLE_ATTEMPTS);
    this.#runtime = runtime;
    this.#absentHandlers = new AbsentHandlers(runtime.clock);
    this.#unknownTime = unknownHandlerTime(options);
    const absentTime = absentHandlerTime(options);
    this.#worker = new MessageWorker({
      queue: name,
      system,
      runtime,
      absent: (recipient, item) => {
        const { id, orderingKey } = item as EngineItem;
        const back = { id, orderingKey, limit: absentTime, letsPass: false };
        return (
          this.#absentHandlers.goBack(back) ??
          this.#worker.giveUp('absent handler', absentHandlerError(name, recipient))
        );
      },
      inbox: options.inbox ?? queue.inbox,
    });
  }

  /** Whether a handler has a message in hand. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** Starts no handler from now on. */
  close(): void {
    this.#worker.closed = true;
  }

  /** Never throws and never rejects. */
  work(delivery: QueueDelivery): Outcome | Promise<Outcome> {
    const outcome = this.#work(delivery);
    if (outcome instanceof Promise) {
      this.#running += 1;
      return outcome.then(
        (settled) => this.#ended(settled),
        (error) => this.#ended(this.#failed(error, delivery)),
      );
    }
    return this.#worker.settled(outcome);
  }

  #work(delivery: QueueDelivery): Outcome | Promise<Outcome> {
    try {
      return this.#begin(delivery);
    } catch (error) {
      return this.#failed(error, delivery);
    }
  }

  #ended(outcome: Outcome): Outcome {
    this.#running -= 1;
    return this.#worker.settled(outcome);
  }

  /** Nobody serves the queue: a message that was sent that long ago, in milliseconds, is given up, and another one goes back. */
  giveUpAfter(age: number, { body }: QueueDelivery): Outcome {
    try {
      const envelope = this.#codec.decode(body);
      const sent = sentAt(envelope);
      if (sent !== undefined && Date.now() - sent.getTime() < age) return GO_BACK;
      const error = unservedQueueError(this.#name, envelope.type, age);
      return this.#worker.settled(this.#worker.giveUp('unknown handler', error));
    } catch (error) {
      return this.#worker.settled(this.#worker.unreadable(error as CarillonError));
    }
  }

  #begin(delivery: QueueDelivery): Outcome | Promise<Outcome> {
    const envelope = this.#codec.decode(delivery.body);
    const key = this.#codec.keyOf(envelope);
    const recipients = this.#recipientsOf(delivery, key);
    if (recipients.length > 1) return this.#fanOut(recipients, delivery, envelope);
    const [recipient] = recipients;
    if (recipient === undefined || key === undefined || !takes(recipient, key))
      return this.#unknown(delivery, envelope, recipient);
    const payload = this.#codec.payloadFor(key, envelope);
    const item = new EngineItem(delivery, envelope);
    const outcome =
      payload instanceof Promise
        ? payload.then((read) => this.#worker.run(recipient, key, read, item))
        : this.#worker.run(recipient, key, payload, item);
    if (outcome instanceof Promise) {
      const handlers = recipient.handlersOf(key);
      delivery.onLost?.(() => this.#lost(handlers, item, envelope));
    }
    return outcome;
  }

  /** Another worker has the message, or will: what its handlers still do here is done twice. */
  #lost(handlers: readonly Handler[], item: EngineItem, { type }: Envelope): void {
    const reason = lostLeaseError(this.#name, type);
    if (abortRuns(handlers, item, reason)) this.#runtime.report(reason);
  }

  /** No handler of this application takes the message: it waits for a process that has one. */
  #unknown(
    { id, handler }: QueueDelivery,
    { type, orderingKey }: Envelope,
    recipient: DeferredHandler | undefined,
  ): Outcome {
    const limit = this.#unknownTime;
    const letsPass = recipient !== undefined;
    const back = this.#absentHandlers.goBack({ id, orderingKey, limit, letsPass });
    if (back !== undefined) {
      this.#reportUnknown(type, handler);
      return back;
    }
    if (handler === undefined)
      return this.#worker.giveUp('unknown handler', noHandlerError(this.#name, type));
    const error =
      recipient === undefined
        ? unknownHandlerError(this.#name, type, handler)
        : eventNotTakenError(this.#name, type, recipient);
    return this.#worker.giveUp('unknown handler', error);
  }

  #reportUnknown(event: string, handler = ''): void {
    const subject = `${event} ${handler}`;
    if (this.#reported.has(subject) || this.#reported.size >= REPORTED) return;
    this.#reported.add(subject);
    const addressee =
      handler === ''
        ? 'has no handler here'
        : `is for handler "${handler}", which does not take it here`;
    this.#runtime.report(
      new CarillonError(
        'CAR5023',
        `A message ${event} in queue "${this.#name}" ${addressee}. It goes back for ${this.#unknownTime} ms, in case another process has its handler, and is then a dead letter. Bind the class, name an earlier id in previousIds, or wait for the other version of the program.`,
      ),
    );
  }

  #failed(error: unknown, { attempt }: QueueDelivery): Outcome {
    return isThrown(error, CarillonError)
      ? this.#worker.unreadable(error)
      : this.#worker.undeliverable(error, attempt, this.#retry);
  }

  /** The handler that the message names, or else every handler that its event has in this queue. */
  #recipientsOf({ handler }: QueueDelivery, key: EventKey | undefined): readonly DeferredHandler[] {
    if (handler !== undefined) {
      const recipient = this.#deferredHandlers.byId(this.#name, handler);
      return recipient === undefined ? [] : [recipient];
    }
    return key === undefined ? [] : this.#deferredHandlers.recipientsIn(this.#name, key);
  }

  /** The sender knew no handler: each handler gets its own message before this one is acknowledged. */
  async #fanOut(
    recipients: readonly DeferredHandler[],
    { body, attempt }: QueueDelivery,
    { type: event, orderingKey }: Envelope,
  ): Promise<Outcome> {
    const text = typeof body === 'string' ? body : bytesToText(body);
    // No engine need store a key of another program as it is.
    const key = isName(orderingKey) ? { orderingKey } : {};
    const messages = recipients.map(({ id: handler }) => ({
      id: newId(),
      handler,
      event,
      body: text,
      ...key,
    }));
    try {
      await this.#queue.enqueue(messages);
      return DONE;
    } catch (cause) {
      return this.#worker.undeliverable(cause, attempt, this.#retry);
    }
  }
}

/** Also without a living instance, which may come. */
function takes(recipient: DeferredHandler, key: EventKey): boolean {
  return recipient.handlersOf(key).length > 0 || recipient.takes(key);
}

/** The facts of a message are made on demand. */
class EngineItem implements WorkItem, MessageContext {
  readonly isTraced = true;
  readonly progress: Progress;
  readonly #envelope: Envelope;
  #facts: MessageFacts | undefined;
  readonly id: string;
  readonly attempt: number;
  readonly expired: boolean;

  constructor(delivery: QueueDelivery, envelope: Envelope) {
    this.id = delivery.id;
    this.attempt = delivery.attempt;
    this.expired = delivery.expired;
    this.progress = delivery;
    this.#envelope = envelope;
  }

  get orderingKey(): string | undefined {
    return this.#envelope.orderingKey;
  }

  get context(): MessageContext {
    return this;
  }

  get trace(): MessageTrace | undefined {
    return traceOf(this.#envelope);
  }

  get facts(): MessageFacts {
    this.#facts ??= envelopeFacts(this.#envelope, this.attempt);
    return this.#facts;
  }
}
