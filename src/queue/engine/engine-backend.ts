/** A queue on an engine: opens it, stores deferred events as envelopes, and subscribes its worker. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { Runtime } from '../../dispatch/runtime.js';
import type { Envelope } from '../../events/envelope.js';
import { type EncodedMessage, MessageCodec } from '../../events/message-codec.js';
import { newId } from '../../events/new-id.js';
import { settledWithin } from '../../scope/deadline.js';
import { engineError } from '../acceptance.js';
import type { Deferral, QueueBackend } from '../backend.js';
import { dedupOf, timesOf } from '../defer-options.js';
import { type QueueContext, rateLimitOf } from '../queue-options.js';
import type {
  Consumption,
  EnqueueResult,
  MessageStatus,
  OutgoingMessage,
  ProviderQueue,
  QueueCapabilities,
  QueueCounts,
  QueueEngine,
} from '../queue-provider.js';
import type { StoredMessage } from '../receipt.js';
import { EngineDeadLetters } from './engine-dead-letters.js';
import { EngineWorker } from './engine-worker.js';

/** How long the end waits for a worker on an engine that does not answer, in milliseconds. */
const STOP_TIME = 2000;

/** How long it then waits for the connections. */
const CLOSE_TIME = 1000;

/** Opened on first use; it subscribes only where the application has handlers for it. */
export class EngineBackend implements QueueBackend {
  readonly name: string;
  readonly capabilities: QueueCapabilities;
  readonly deadLetters: EngineDeadLetters;
  readonly size = 0;
  readonly hasTimer = false;
  readonly #engine: QueueEngine;
  readonly #context: QueueContext;
  readonly #runtime: Runtime;
  readonly #codec: MessageCodec;
  #opening: Promise<ProviderQueue> | undefined;
  #worker: EngineWorker | undefined;
  #consuming: Promise<Consumption> | undefined;
  #stopping: Promise<unknown> | undefined;
  #state: 'new' | 'working' | 'paused' | 'stopped' = 'new';

  constructor(engine: QueueEngine, context: QueueContext) {
    const { name, options, deferredHandlers, runtime, source } = context;
    const { reader, limits } = options;
    this.name = name;
    this.#engine = engine;
    this.#context = context;
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

  /** Nothing is lost with the process, so its end waits only for what runs. */
  isIdle(): boolean {
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
    const results = await this.#enqueue(queue, messages, transaction);
    return messages.map(({ id, handler }, index) => ({
      id,
      queue: this.name,
      handler,
      result: results[index] ?? 'accepted',
    }));
  }

  async #enqueue(
    queue: ProviderQueue,
    messages: readonly OutgoingMessage[],
    transaction: unknown,
  ): Promise<readonly EnqueueResult[]> {
    try {
      return await queue.enqueue(messages, transaction === undefined ? undefined : { transaction });
    } catch (cause) {
      throw engineError(this.name, this.provider, cause);
    }
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'working';
    try {
      if (this.#context.deferredHandlers.serves(this.name)) await this.#consume();
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
    this.#worker?.close();
    this.#stopping = this.#consuming?.then((consumption) => consumption.stop());
    this.#stopping?.catch(() => undefined);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    if (opening === undefined) return;
    await this.#within(STOP_TIME, 'could not be stopped', Promise.resolve(this.#stopping));
    await this.#within(
      CLOSE_TIME,
      'could not be closed',
      opening.then((queue) => queue.close()),
    );
  }

  async #within(milliseconds: number, failure: string, end: Promise<unknown>): Promise<void> {
    const ended = end.catch((cause) => this.#report(failure, cause));
    await settledWithin(this.#runtime.clock, milliseconds, [ended]);
  }

  #open(): Promise<ProviderQueue> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #connect(): Promise<ProviderQueue> {
    const { clock } = this.#runtime;
    try {
      const queue = await this.#engine.open(this.name, {
        clock,
        report: (error) => this.#runtime.report(error),
      });
      this.#worker = new EngineWorker(this.#context, queue, this.#codec);
      return queue;
    } catch (cause) {
      throw this.#error('could not be opened', cause);
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
    const { concurrency = 1, onRetry } = this.#context.options;
    const queue = await this.#open();
    const worker = this.#worker as EngineWorker;
    const preferred = onRetry ?? this.capabilities.onRetry[0] ?? 'block';
    const consumption = await queue.consume(
      { concurrency, rateLimit: rateLimitOf(this.#context.options), onRetry: preferred },
      (delivery) => worker.work(delivery),
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

  #report(failure: string, cause: unknown): void {
    this.#runtime.report(this.#error(failure, cause));
  }

  #error(failure: string, cause: unknown): CarillonError {
    return new CarillonError(
      'CAR5018',
      `Queue "${this.name}" on ${this.provider} ${failure}. See the cause, and whether the engine runs.`,
      { cause },
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
  const { priority, orderingKey } = options;
  const { delay, ttl } = timesOf(options);
  for (const recipient of recipients.length === 0 ? [undefined] : recipients) {
    messages.push({
      id: newId(),
      handler: recipient?.id,
      event: envelope.type,
      body,
      delay,
      priority,
      orderingKey,
      ttl,
      dedup: dedupOf(options, recipient?.id),
    });
  }
}
