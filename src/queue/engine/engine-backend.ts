/** A queue on an engine: opens it, stores deferred events as envelopes, and subscribes its worker. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { contextOfNow, type InContext } from '../../dispatch/async-storage.js';
import type { Clock } from '../../dispatch/clock.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { Runtime } from '../../dispatch/runtime.js';
import { outsideTraces } from '../../dispatch/telemetry.js';
import { isThrown } from '../../events/describe-thrown.js';
import type { Envelope } from '../../events/envelope.js';
import { type EncodedMessage, MessageCodec } from '../../events/message-codec.js';
import { newId } from '../../events/new-id.js';
import { settledWithin } from '../../scope/deadline.js';
import { engineError } from '../acceptance.js';
import type { Deferral, QueueBackend } from '../backend.js';
import { dedupOf, timesOf } from '../defer-options.js';
import type { JoinedTransaction } from '../joined-transaction.js';
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
import { UnservedQueue } from './unserved-queue.js';

/** How long the end waits for a worker before it asks whether its engine still answers, in milliseconds. */
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
  /** See {@link isIdle}. */
  readonly idle = async (): Promise<void> => undefined;
  readonly #engine: QueueEngine;
  readonly #context: QueueContext;
  readonly #runtime: Runtime;
  readonly #codec: MessageCodec;
  #opening: Promise<ProviderQueue> | undefined;
  #opened: ProviderQueue | undefined;
  #worker: EngineWorker | undefined;
  #consuming: Promise<Consumption> | undefined;
  #stopping: Promise<unknown> | undefined;
  readonly #unserved: UnservedQueue;
  /** Handlers run where the application was started, never in the context of a request that sends or wires. */
  #inStartContext: InContext = (action) => action();
  #state: 'new' | 'working' | 'paused' | 'quiet' | 'stopped' = 'new';

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
    this.#unserved = new UnservedQueue({
      context,
      provider: engine.name,
      open: () => this.#open(),
      giveUp: (delivery, age) => (this.#worker as EngineWorker).giveUpAfter(age, delivery),
    });
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

  /** What is ready is handed to the engine in the caller's turn: a transaction of the caller's may end in the next one. */
  async send(
    deferrals: readonly Deferral[],
    transaction?: JoinedTransaction,
  ): Promise<StoredMessage[]> {
    const messages: OutgoingMessage[] = [];
    for (const deferral of deferrals) {
      const encoding = this.#encode(deferral);
      const { text, envelope } = encoding instanceof Promise ? await encoding : encoding;
      addMessages(messages, deferral, envelope, text);
    }
    const queue = this.#opened ?? (await this.#open());
    const results = await this.#enqueue(queue, messages, transaction);
    if (!this.#context.deferredHandlers.serves(this.name)) this.#unserved.watch();
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
    joined: JoinedTransaction | undefined,
  ): Promise<readonly EnqueueResult[]> {
    try {
      const options = joined && { transaction: joined.of(this.#context.options.provider) };
      return await queue.enqueue(messages, options);
    } catch (cause) {
      throw engineError(this.name, this.provider, cause);
    }
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'working';
    this.#inStartContext = contextOfNow();
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

  async counts(): Promise<QueueCounts> {
    return (await this.#open()).counts();
  }

  async oldest(): Promise<number | undefined> {
    return (await this.#open()).oldest?.();
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

  async quiesce(): Promise<void> {
    if (this.#state !== 'stopped') this.#state = 'quiet';
    this.#stopping ??= this.#consuming?.then((consumption) => consumption.stop());
    // What it fails with is reported by close().
    await this.#stopping?.catch(() => undefined);
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#worker?.close();
    this.#unserved.end();
    void this.quiesce();
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    if (opening === undefined) return;
    const { clock } = this.#runtime;
    const stopping = Promise.all([this.#stopping, this.#unserved.end()]);
    const stopped = this.#settled('could not be stopped', stopping);
    // A handler that still runs by now was left behind, or waits for this very end.
    if (this.#worker?.isBusy === true) await settledWithin(clock, STOP_TIME, [stopped]);
    else await settledWhileAnswering(clock, stopped, async () => (await opening).ping());
    const closing = opening.then((queue) => queue.close());
    await settledWithin(clock, CLOSE_TIME, [this.#settled('could not be closed', closing)]);
  }

  async #settled(failure: string, end: Promise<unknown>): Promise<void> {
    try {
      await end;
    } catch (cause) {
      this.#runtime.report(this.#error(failure, cause));
    }
  }

  #open(): Promise<ProviderQueue> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #connect(): Promise<ProviderQueue> {
    const { clock, telemetry } = this.#runtime;
    try {
      const context = { clock, report: (error: CarillonError) => this.#runtime.report(error) };
      const queue = await outsideTraces(telemetry, () => this.#engine.open(this.name, context));
      this.#worker = new EngineWorker(this.#context, { queue, system: this.provider }, this.#codec);
      this.#opened = queue;
      return queue;
    } catch (cause) {
      throw isThrown(cause, CarillonError) ? cause : this.#error('could not be opened', cause);
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
    const { deferredHandlers, options } = this.#context;
    const { concurrency = 1, onRetry } = options;
    const queue = await this.#open();
    // The engine has one consumer of this process at a time.
    await this.#unserved.end();
    const worker = this.#worker as EngineWorker;
    const preferred = onRetry ?? this.capabilities.onRetry[0] ?? 'block';
    const consumption = await queue.consume(
      {
        concurrency,
        rateLimit: rateLimitOf(options),
        onRetry: preferred,
        mayRepeat: () =>
          [...deferredHandlers.of(this.name)].every(({ maxAttempts }) => maxAttempts > 1),
      },
      (delivery) => this.#inStartContext(() => worker.work(delivery)),
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

  #error(failure: string, cause: unknown): CarillonError {
    return new CarillonError(
      'CAR5018',
      `Queue "${this.name}" on ${this.provider} ${failure}. See the cause, and whether the engine runs.`,
      { cause },
    );
  }
}

/** A worker that has much to store takes its time, as long as its engine answers; the end of the application has a limit of its own. */
async function settledWhileAnswering(
  clock: Clock,
  stopped: Promise<void>,
  ping: () => Promise<void>,
): Promise<void> {
  let isWaiting = true;
  const over = stopped.then(() => {
    isWaiting = false;
  });
  while (isWaiting) {
    await settledWithin(clock, STOP_TIME, [over]);
    if (!isWaiting) return;
    let answers = false;
    const answered = ping().then(() => {
      answers = true;
    });
    await settledWithin(clock, STOP_TIME, [answered]);
    if (!answers) return;
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
