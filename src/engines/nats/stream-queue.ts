/** One queue in JetStream, with a connection of its own. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
import type {
  ConsumeOptions,
  Consumption,
  EnqueueResult,
  OutgoingMessage,
  ProviderContext,
  ProviderQueue,
  QueueCounts,
  Work,
} from '../../queue/queue-provider.js';
import { DelayedMover } from './delayed-mover.js';
import { KeyStore } from './key-store.js';
import { NatsDeadLetters } from './nats-dead-letters.js';
import type { QueueStreams } from './queue-streams.js';
import { factHeaders } from './stream-message.js';
import { StreamWorker } from './stream-worker.js';

/** What is opened before. */
export interface StreamParts {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly streams: QueueStreams;
  readonly lease: number;
  readonly patience: number;
}

/** Bytes that must be free beside a body, for what is told of it when it dies. */
const ROOM = 32_768;

export class StreamQueue implements ProviderQueue {
  readonly deadLetters: NatsDeadLetters;
  readonly inbox: KeyStore;
  readonly #parts: StreamParts;
  readonly #context: ProviderContext;
  readonly #failed: (error: unknown) => void;
  #isConnected = true;
  #worker: StreamWorker | undefined;
  #mover: DelayedMover | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: StreamParts, context: ProviderContext, failed: (error: unknown) => void) {
    const { client, manager, streams } = parts;
    this.#parts = parts;
    this.#context = context;
    this.#failed = failed;
    this.deadLetters = new NatsDeadLetters(client, manager, streams);
    this.inbox = new KeyStore(client, manager, streams);
    void this.#watch();
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    this.#assertConnected();
    for (const message of messages) this.#assertSmall(message);
    if (messages.every(({ dedup }) => dedup === undefined))
      return Promise.all(messages.map((message) => this.#store(message)));
    const results: EnqueueResult[] = [];
    for (const message of messages) results.push(await this.#storeOnce(message));
    return results;
  }

  async consume({ concurrency }: ConsumeOptions, work: Work): Promise<Consumption> {
    const { connection, client, streams, lease, patience } = this.#parts;
    const { clock } = this.#context;
    this.#assertConnected();
    const pull = {
      connection,
      clock,
      stream: streams.messages,
      isConnected: () => this.#isConnected,
      failed: this.#failed,
    };
    const [workers, movers] = [streams.work, streams.later].map((subject) =>
      streams.consumerOf(subject),
    );
    const shop = {
      ...pull,
      consumer: workers as string,
      keys: this.inbox,
      letters: this.deadLetters,
      concurrency,
    };
    const worker = new StreamWorker({ ...shop, lease, patience }, work);
    const mover = new DelayedMover(
      { ...pull, consumer: movers as string },
      client,
      streams,
      patience,
    );
    this.#worker = worker;
    this.#mover = mover;
    return {
      pause: () => worker.pause(),
      resume: () => worker.resume(),
      stop: async () => {
        await Promise.all([worker.stop(), mover.stop()]);
      },
    };
  }

  async counts(): Promise<QueueCounts> {
    const { manager, streams } = this.#parts;
    const infoOf = (subject: string) =>
      manager.consumers.info(streams.messages, streams.consumerOf(subject));
    const letters = manager.streams.info(streams.letters);
    const [work, later, dead] = await Promise.all([
      infoOf(streams.work),
      infoOf(streams.later),
      letters,
    ]);
    return {
      waiting: work.num_pending,
      delayed: later.num_pending + later.num_ack_pending,
      active: work.num_ack_pending,
      dead: dead.state.messages,
    };
  }

  async ping(): Promise<void> {
    this.#assertConnected();
    await this.#parts.manager.streams.info(this.#parts.streams.messages);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { connection } = this.#parts;
    const { clock } = this.#context;
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = setTimer(clock, resolve, 500);
    });
    // What was said last is still on its way.
    await Promise.race([connection.flush().catch(() => undefined), late]);
    clearTimer(clock, timer);
    await connection.close();
    // Without an engine they have not ended before.
    await Promise.allSettled([this.#worker?.stop(), this.#mover?.stop()]);
  }

  async #store(
    { id, handler, event, body, delay = 0, ttl }: OutgoingMessage,
    messageId = id,
  ): Promise<EnqueueResult> {
    const { client, streams } = this.#parts;
    const now = Date.now();
    const headers = factHeaders({
      id,
      handler,
      event,
      enqueued: now,
      due: delay > 0 ? Math.ceil(now + delay) : undefined,
      expires: ttl === undefined ? undefined : Math.ceil(now + ttl),
    });
    const { duplicate } = await client.publish(delay > 0 ? streams.later : streams.work, body, {
      headers,
      msgID: messageId,
    });
    return duplicate && messageId !== id ? 'duplicate' : 'accepted';
  }

  /**
   * The server knows ids of messages again for two minutes; a key is remembered for as long as it asks. Its id is a new one once it was
   * forgotten, and the same for whoever asks at the same time, or for who has heard nothing of a message that was stored.
   */
  async #storeOnce(message: OutgoingMessage): Promise<EnqueueResult> {
    const { dedup } = message;
    if (dedup === undefined) return this.#store(message);
    const { isKept, sequence } = await this.inbox.find('dedup', dedup.key);
    if (isKept) return 'duplicate';
    const result = await this.#store(message, `${dedup.key} ${sequence}`);
    if (result === 'duplicate') return result;
    // It has been stored: that the key could not be is no reason to say otherwise.
    await this.inbox.keep('dedup', dedup.key, dedup.window).catch(this.#failed);
    return result;
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#parts.connection.status()) {
      if (type === 'disconnect' || type === 'close') this.#isConnected = false;
      if (type !== 'reconnect') continue;
      this.#isConnected = true;
      this.#worker?.renew();
      this.#mover?.renew();
    }
  }

  /** What the client kept until it is back could be stored after its caller has been told that it was not. */
  #assertConnected(): void {
    if (!this.#isConnected || this.#closing !== undefined)
      throw new Error('there is no connection to the server');
  }

  #assertSmall({ id, body }: OutgoingMessage): void {
    const most = (this.#parts.connection.info?.max_payload ?? Number.POSITIVE_INFINITY) - ROOM;
    const size = Buffer.byteLength(body);
    if (size > most)
      throw new Error(
        `the message ${id} has ${size} bytes, and the server takes ${most} beside their headers`,
      );
  }
}
