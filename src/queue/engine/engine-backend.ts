/** A queue on an engine: events become envelopes on their way in, and events again on their way to the handlers. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { MessageFacts } from '../../../decorators/delivery.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { MessageContext, Progress } from '../../dispatch/delivery-context.js';
import type { Runtime } from '../../dispatch/runtime.js';
import { bytesToText } from '../../events/base64.js';
import type { Envelope } from '../../events/envelope.js';
import { type EncodedMessage, envelopeFacts, MessageCodec } from '../../events/message-codec.js';
import { newId } from '../../events/new-id.js';
import { Deadline } from '../../scope/deadline.js';
import type { Deferral, QueueBackend } from '../backend.js';
import { dedupOf } from '../defer-options.js';
import type { DeferredHandler, DeferredHandlers } from '../deferred-handlers.js';
import { MessageWorker, type WorkItem } from '../message-worker.js';
import type { QueueContext, QueueOptions } from '../queue-options.js';
import type {
  Consumption,
  MessageStatus,
  Outcome,
  OutgoingMessage,
  ProviderQueue,
  QueueCapabilities,
  QueueCounts,
  QueueDelivery,
  QueueEngine,
} from '../queue-provider.js';
import type { StoredMessage } from '../receipt.js';
import { EngineDeadLetters } from './engine-dead-letters.js';

/** Another process may have an instance of the handler; this one looks again after a second. */
const PARKED: Outcome = { type: 'goBack', after: 1000 };

/** An engine that does not answer holds up the end of its worker for so many milliseconds at most … */
const PATIENCE = 2000;

/** … and what is closed then for so many more. */
const CLOSING = 1000;

/** Opens when it is first used, and works only where it has handlers. */
export class EngineBackend implements QueueBackend {
  readonly name: string;
  readonly capabilities: QueueCapabilities;
  readonly deadLetters: EngineDeadLetters;
  readonly size = 0;
  readonly hasTimer = false;
  readonly #engine: QueueEngine;
  readonly #options: QueueOptions;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #runtime: Runtime;
  readonly #codec: MessageCodec;
  #opening: Promise<ProviderQueue> | undefined;
  #worker: MessageWorker | undefined;
  #consuming: Promise<Consumption> | undefined;
  #stopping: Promise<unknown> | undefined;
  #state: 'new' | 'working' | 'paused' | 'stopped' = 'new';

  constructor(
    engine: QueueEngine,
    { name, options, deferredHandlers, runtime, source }: QueueContext,
  ) {
    const { reader, limits } = options;
    this.name = name;
    this.#engine = engine;
    this.#options = options;
    this.#deferredHandlers = deferredHandlers;
    this.#runtime = runtime;
    this.capabilities = engine.capabilities;
    this.#codec = new MessageCodec({ source: options.source ?? source, reader, limits });
    this.deadLetters = new EngineDeadLetters(
      name,
      () => this.#open(),
      this.#codec,
      deferredHandlers,
    );
  }

  get provider(): string {
    return this.#engine.name;
  }

  checkEvent(key: EventKey): void {
    this.#codec.nameOf(key);
  }

  /** Nothing is lost with the process: its end waits for nothing but what runs. */
  get isIdle(): boolean {
    return true;
  }

  async send(deferrals: readonly Deferral[], transaction?: unknown): Promise<StoredMessage[]> {
    const messages: OutgoingMessage[] = [];
    for (const deferral of deferrals) {
      const encoding = this.#encode(deferral);
      const { text, envelope } = encoding instanceof Promise ? await encoding : encoding;
      addMessages(messages, deferral, envelope, text);
    }
    const queue = await this.#open();
    const results = await queue.enqueue(
      messages,
      transaction === undefined ? undefined : { transaction },
    );
    return messages.map(({ id, handler }, index) => ({
      id,
      queue: this.name,
      handler,
      result: results[index] ?? 'accepted',
    }));
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'working';
    try {
      if (this.#deferredHandlers.serves(this.name)) await this.#consume();
    } catch (error) {
      if (this.#state === 'working') this.#state = 'new';
      throw error;
    }
  }

  handlerAdded(): void {
    if (this.#state === 'working')
      this.#consume().catch((error: CarillonError) => this.#runtime.report(error));
  }

  pause(): void {
    if (this.#state !== 'working') return;
    this.#state = 'paused';
    void this.#consuming?.then((consumption) => {
      if (this.#state === 'paused') consumption.pause();
    });
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'working';
    if (this.#consuming === undefined) this.handlerAdded();
    void this.#consuming?.then((consumption) => {
      if (this.#state === 'working') consumption.resume();
    });
  }

  async idle(): Promise<void> {
    // See isIdle.
  }

  async counts(): Promise<QueueCounts> {
    return (await this.#open()).counts();
  }

  async ping(): Promise<void> {
    const queue = await this.#open();
    await this.#consuming;
    await queue.ping();
  }

  async cancel(id: string): Promise<boolean> {
    return (await (await this.#open()).cancel?.(id)) ?? false;
  }

  async reschedule(id: string, delay: number): Promise<boolean> {
    return (await (await this.#open()).reschedule?.(id, delay)) ?? false;
  }

  async status(id: string): Promise<MessageStatus | undefined> {
    return (await this.#open()).status?.(id);
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    if (this.#worker !== undefined) this.#worker.closed = true;
    this.#stopping = this.#consuming?.then((consumption) => consumption.stop());
    this.#stopping?.catch(() => undefined);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    if (opening === undefined) return;
    await this.#within(PATIENCE, 'could not be stopped', Promise.resolve(this.#stopping));
    await this.#within(
      CLOSING,
      'could not be closed',
      opening.then((queue) => queue.close()),
    );
  }

  async #within(milliseconds: number, failure: string, end: Promise<unknown>): Promise<void> {
    const deadline = new Deadline(this.#runtime.clock, milliseconds);
    try {
      await deadline.race(end.catch((cause) => this.#report(failure, cause)));
    } finally {
      deadline.cancel();
    }
  }

  #open(): Promise<ProviderQueue> {
    this.#opening ??= this.#reallyOpen().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #reallyOpen(): Promise<ProviderQueue> {
    const { clock } = this.#runtime;
    try {
      const queue = await this.#engine.open(this.name, {
        clock,
        report: (error) => this.#runtime.report(error),
      });
      this.#worker ??= new MessageWorker(
        this.name,
        this.#runtime,
        PARKED,
        this.#options.inbox ?? queue.inbox,
      );
      return queue;
    } catch (cause) {
      throw this.#trouble('could not be opened', cause);
    }
  }

  #consume(): Promise<unknown> {
    this.#consuming ??= this.#subscribe().catch((error: unknown) => {
      this.#consuming = undefined;
      throw error;
    });
    return this.#consuming;
  }

  async #subscribe(): Promise<Consumption> {
    const { concurrency = 1, rateLimit, onRetry } = this.#options;
    const queue = await this.#open();
    const preferred = onRetry ?? this.capabilities.onRetry[0] ?? 'block';
    const consumption = await queue.consume(
      { concurrency, rateLimit, onRetry: preferred },
      (delivery) => this.#work(delivery),
    );
    if (this.#state === 'paused') consumption.pause();
    return consumption;
  }

  #encode({ key, payload, options }: Deferral): EncodedMessage | Promise<EncodedMessage> {
    const { id, orderingKey } = options;
    const facts = continuedFacts(this.#runtime);
    return this.#codec.encode(
      key,
      payload,
      id === undefined && orderingKey === undefined ? facts : { ...facts, id, orderingKey },
    );
  }

  #work(delivery: QueueDelivery): Outcome | Promise<Outcome> {
    try {
      const outcome = this.#begin(delivery);
      return outcome instanceof Promise
        ? outcome.catch((error) => this.#unreadable(error))
        : outcome;
    } catch (error) {
      return this.#unreadable(error);
    }
  }

  #begin(delivery: QueueDelivery): Outcome | Promise<Outcome> {
    const worker = this.#worker as MessageWorker;
    const envelope = this.#codec.decode(delivery.body);
    const key = this.#codec.keyOf(envelope);
    const recipient = this.#recipientOf(delivery, key);
    if (Array.isArray(recipient)) return this.#fanOut(recipient, delivery, envelope);
    if (recipient === undefined || key === undefined) {
      return delivery.handler === undefined
        ? worker.noHandler(envelope.type)
        : worker.unknownHandler(envelope.type, delivery.handler);
    }
    const payload = this.#codec.payloadFor(key, envelope);
    const item = new EngineItem(delivery, envelope);
    return payload instanceof Promise
      ? payload.then((read) => worker.run(recipient, key, read, item))
      : worker.run(recipient, key, payload, item);
  }

  #unreadable(error: unknown): Outcome {
    if (error instanceof CarillonError) return (this.#worker as MessageWorker).unreadable(error);
    this.#report('failed at a message', error);
    return PARKED;
  }

  /** The handler that the message names; the only one that its event has; or all of them, when there are several. */
  #recipientOf(
    { handler }: QueueDelivery,
    key: EventKey | undefined,
  ): DeferredHandler | DeferredHandler[] | undefined {
    if (handler !== undefined) return this.#deferredHandlers.named(this.name, handler);
    const recipients =
      key === undefined
        ? []
        : this.#deferredHandlers.route(key).filter(({ queue }) => queue === this.name);
    return recipients.length > 1 ? recipients : recipients[0];
  }

  /** Who deferred knew no handler: each gets a message of its own before this one is acknowledged. */
  async #fanOut(
    recipients: readonly DeferredHandler[],
    { body }: QueueDelivery,
    envelope: Envelope,
  ): Promise<Outcome> {
    const text = typeof body === 'string' ? body : bytesToText(body);
    const { type: event, orderingKey } = envelope;
    const messages = recipients.map(({ id: handler }) => ({
      id: newId(),
      handler,
      event,
      body: text,
      orderingKey,
    }));
    try {
      await (await this.#open()).enqueue(messages);
      return { type: 'done' };
    } catch (cause) {
      this.#report(`could not store a message ${event} for each of its handlers`, cause);
      return PARKED;
    }
  }

  #report(what: string, cause: unknown): void {
    this.#runtime.report(this.#trouble(what, cause));
  }

  #trouble(what: string, cause: unknown): CarillonError {
    return new CarillonError(
      'CAR5018',
      `Queue "${this.name}" on ${this.provider} ${what}. See the cause, and whether the engine runs.`,
      {
        cause,
      },
    );
  }
}

/** One stored message for each handler. */
function addMessages(
  messages: OutgoingMessage[],
  { options, recipients }: Deferral,
  envelope: Envelope,
  body: string,
): void {
  const { delay, priority, orderingKey, ttl } = options;
  for (const recipient of recipients.length === 0 ? [undefined] : recipients) {
    messages.push({
      id: newId(),
      handler: recipient?.id,
      event: envelope.type,
      body,
      delay: delay === undefined ? undefined : Math.max(0, delay),
      priority,
      orderingKey,
      ttl,
      dedup: dedupOf(options, recipient?.id),
    });
  }
}

/** What its handlers may know of it is made when somebody asks. */
class EngineItem implements WorkItem, MessageContext {
  readonly isTraced = true;
  readonly progress: Progress;
  readonly #envelope: Envelope;
  #facts: MessageFacts | undefined;
  readonly attempt: number;
  readonly expired: boolean;

  constructor(delivery: QueueDelivery, envelope: Envelope) {
    this.attempt = delivery.attempt;
    this.expired = delivery.expired;
    this.progress = delivery;
    this.#envelope = envelope;
  }

  get context(): MessageContext {
    return this;
  }

  get facts(): MessageFacts {
    this.#facts ??= envelopeFacts(this.#envelope, this.attempt);
    return this.#facts;
  }
}
