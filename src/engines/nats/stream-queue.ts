/** One queue in JetStream, with a connection of its own. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
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
import { settledWithin } from '../../scope/deadline.js';
import { DelayedMover } from './delayed-mover.js';
import { KeyStore } from './key-store.js';
import { NatsDeadLetters } from './nats-dead-letters.js';
import type { QueueStreams } from './queue-streams.js';
import { factHeaders } from './stream-message.js';
import { StreamWorker } from './stream-worker.js';

/** What the queue works with. */
interface StreamQueueDependencies {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly streams: QueueStreams;
  readonly context: ProviderContext;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds. */
  readonly patience: number;
  /** Receives errors that no caller waits for. */
  failed(error: unknown): void;
}

/** How many bytes are kept free beside a body, for the headers of its dead letter. */
const HEADER_ROOM = 32_768;

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

export class StreamQueue implements ProviderQueue {
  readonly deadLetters: NatsDeadLetters;
  readonly inbox: KeyStore;
  readonly #dependencies: StreamQueueDependencies;
  #isConnected = true;
  #worker: StreamWorker | undefined;
  #mover: DelayedMover | undefined;
  #closing: Promise<void> | undefined;

  constructor(dependencies: StreamQueueDependencies) {
    const { client, manager, streams } = dependencies;
    this.#dependencies = dependencies;
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
    const { connection, client, context, streams, lease, patience, failed } = this.#dependencies;
    this.#assertConnected();
    const source = {
      connection,
      clock: context.clock,
      stream: streams.messages,
      isConnected: () => this.#isConnected,
      failed,
      patience,
    };
    const { inbox: keys, deadLetters } = this;
    const consumer = streams.consumerOf(streams.work);
    const worker = new StreamWorker(
      { ...source, consumer, keys, deadLetters, concurrency, lease },
      work,
    );
    const movers = streams.consumerOf(streams.later);
    const mover = new DelayedMover({ ...source, consumer: movers, client, streams });
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
    const { manager, streams } = this.#dependencies;
    const infoOf = (subject: string) =>
      manager.consumers.info(streams.messages, streams.consumerOf(subject));
    const [work, later, dead] = await Promise.all([
      infoOf(streams.work),
      infoOf(streams.later),
      manager.streams.info(streams.deadLetters),
    ]);
    return {
      waiting: work.num_pending,
      delayed: later.num_pending + later.num_ack_pending,
      active: work.num_ack_pending,
      dead: dead.state.messages,
    };
  }

  async ping(): Promise<void> {
    const { manager, streams } = this.#dependencies;
    this.#assertConnected();
    await manager.streams.info(streams.messages);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { connection, context } = this.#dependencies;
    // The last acknowledgements may still be on their way.
    await settledWithin(context.clock, CLOSING, [connection.flush()]);
    await connection.close();
    // Without an engine their stop has not ended before.
    await Promise.allSettled([this.#worker?.stop(), this.#mover?.stop()]);
  }

  async #store(
    { id, handler, event, body, delay = 0, ttl }: OutgoingMessage,
    messageId = id,
  ): Promise<EnqueueResult> {
    const { client, streams } = this.#dependencies;
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
   * The server detects duplicate message ids for two minutes; the key is stored for its whole window. The message id contains the sequence
   * of the key: it changes once the key is forgotten, and is the same for two callers at the same time and for one that repeats a message
   * whose confirmation was lost.
   */
  async #storeOnce(message: OutgoingMessage): Promise<EnqueueResult> {
    const { dedup } = message;
    if (dedup === undefined) return this.#store(message);
    const { isRemembered, sequence } = await this.inbox.find('dedup', dedup.key);
    if (isRemembered) return 'duplicate';
    const result = await this.#store(message, `${dedup.key} ${sequence}`);
    if (result === 'duplicate') return result;
    // The message is stored, so the caller is not told that its key is not.
    await this.inbox.remember('dedup', dedup.key, dedup.window).catch(this.#dependencies.failed);
    return result;
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#dependencies.connection.status()) {
      if (type === 'disconnect' || type === 'close') this.#isConnected = false;
      if (type !== 'reconnect') continue;
      this.#isConnected = true;
      this.#worker?.renew();
      this.#mover?.renew();
    }
  }

  /** A message that the client keeps until it has reconnected could be stored after its caller was told that it was not. */
  #assertConnected(): void {
    if (!this.#isConnected || this.#closing !== undefined)
      throw new Error('there is no connection to the server');
  }

  #assertSmall({ id, body }: OutgoingMessage): void {
    const { max_payload = Number.POSITIVE_INFINITY } = this.#dependencies.connection.info ?? {};
    const limit = max_payload - HEADER_ROOM;
    const size = Buffer.byteLength(body);
    if (size > limit)
      throw new Error(
        `the message ${id} has ${size} bytes, and the server takes ${limit} beside their headers`,
      );
  }
}
