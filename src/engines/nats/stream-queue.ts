/** One queue in JetStream. */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { CarillonError } from '../../../decorators/carillon-error.js';
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
import { queueTrouble } from '../queue-trouble.js';
import { DelayedMover } from './delayed-mover.js';
import { KeyStore } from './key-store.js';
import { NatsDeadLetters } from './nats-dead-letters.js';
import type { PatientClient } from './patient-client.js';
import type { QueueStreams } from './queue-streams.js';
import { Requests } from './requests.js';
import { factHeaders } from './stream-message.js';
import { StreamWorker } from './stream-worker.js';

/** What the queue works with. */
interface StreamQueueDependencies {
  readonly connection: NatsConnection;
  readonly client: PatientClient;
  readonly manager: JetStreamManager;
  readonly streams: QueueStreams;
  readonly context: ProviderContext;
  /** It no longer needs the connection. */
  leave(): Promise<void>;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds. */
  readonly patience: number;
  /** Receives errors that no caller waits for. */
  failed(error: unknown): void;
}

/** How many bytes are kept free beside a body, for the headers of its dead letter. */
const HEADER_ROOM = 32_768;

/** How many messages are sent before their confirmations are awaited: the patience counts for each portion, however many there are. */
const PORTION = 250;

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

export class StreamQueue implements ProviderQueue {
  readonly deadLetters: NatsDeadLetters;
  readonly inbox: KeyStore;
  readonly #dependencies: StreamQueueDependencies;
  readonly #requests: Requests;
  #isConnected = true;
  #worker: StreamWorker | undefined;
  #mover: DelayedMover | undefined;
  #closing: Promise<void> | undefined;
  #close = (): void => undefined;
  readonly #closed = new Promise<void>((resolve) => {
    this.#close = resolve;
  });

  constructor(dependencies: StreamQueueDependencies) {
    const { connection, client, manager, streams, context, patience } = dependencies;
    this.#dependencies = dependencies;
    const { clock } = context;
    this.#requests = new Requests(connection, clock);
    const { deadLetters: stream } = streams;
    const reader = { connection, manager, clock, stream, patience };
    this.deadLetters = new NatsDeadLetters(client, streams, reader);
    this.inbox = new KeyStore(client, manager, streams);
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  disconnected(): void {
    this.#isConnected = false;
  }

  reconnected(): void {
    this.#isConnected = true;
    this.#worker?.renew();
    this.#mover?.renew();
  }

  async enqueue(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    this.#assertConnected();
    for (const message of messages) this.#assertSmall(message);
    if (messages.every(({ dedup }) => dedup === undefined)) return this.#storeAll(messages);
    const results: EnqueueResult[] = [];
    for (const message of messages) results.push(await this.#storeOnce(message));
    return results;
  }

  async consume({ concurrency }: ConsumeOptions, work: Work): Promise<Consumption> {
    const { connection, client, context, streams, lease, patience, failed } = this.#dependencies;
    this.#assertConnected();
    const source = {
      connection,
      requests: this.#requests,
      clock: context.clock,
      stream: streams.messages,
      closed: this.#closed,
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
    const mover = new DelayedMover({ ...source, consumer: movers, client, streams, keys });
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

  /** Of the messages that no worker has had yet. */
  async oldest(): Promise<number | undefined> {
    const { manager, streams } = this.#dependencies;
    const consumer = streams.consumerOf(streams.work);
    const { delivered, num_pending: waiting } = await manager.consumers.info(
      streams.messages,
      consumer,
    );
    if (waiting === 0) return undefined;
    // The type leaves out what the server takes beside the number.
    const next = { seq: delivered.stream_seq + 1, next_by_subj: streams.work };
    const message = await manager.streams.getMessage(streams.messages, next);
    return message === null ? undefined : Math.max(0, Date.now() - message.time.getTime());
  }

  async ping(): Promise<void> {
    const { manager, streams } = this.#dependencies;
    this.#assertConnected();
    await manager.streams.info(streams.messages);
  }

  /** A worker has asked for a message, or has one. */
  async isServed(): Promise<boolean> {
    const { manager, streams } = this.#dependencies;
    const consumer = streams.consumerOf(streams.work);
    const { num_waiting, num_ack_pending } = await manager.consumers.info(
      streams.messages,
      consumer,
    );
    return num_waiting + num_ack_pending > 0;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const { leave, context } = this.#dependencies;
    // Where the engine answers, they have stopped before.
    const stops = [this.#worker?.stop(), this.#mover?.stop()];
    this.#worker?.abandon();
    this.#close();
    await leave();
    await settledWithin(context.clock, CLOSING, [Promise.all(stops)]);
    this.#requests.close();
  }

  async #store(
    { id, handler, event, body, delay = 0, ttl, dedup }: OutgoingMessage,
    messageId = id,
  ): Promise<{ readonly sequence: number; readonly isDuplicate: boolean }> {
    const { client, streams } = this.#dependencies;
    const now = Date.now();
    const headers = factHeaders({
      id,
      handler,
      event,
      enqueued: now,
      due: delay > 0 ? Math.ceil(now + delay) : undefined,
      expires: ttl === undefined ? undefined : Math.ceil(now + ttl),
      dedup:
        dedup === undefined || delay <= 0
          ? undefined
          : { key: dedup.key, until: now + dedup.window },
    });
    const { duplicate, seq: sequence } = await client.publish(
      delay > 0 ? streams.later : streams.work,
      body,
      {
        headers,
        msgID: messageId,
      },
    );
    return { sequence, isDuplicate: duplicate };
  }

  /**
   * The server detects duplicate message ids for two minutes; the key is stored for its whole window. The message id contains the sequence
   * of the key: it changes once the key is forgotten, and is the same for two callers at the same time and for one that repeats a message
   * whose confirmation was lost.
   */
  async #storeOnce(message: OutgoingMessage): Promise<EnqueueResult> {
    const { dedup } = message;
    if (dedup === undefined) return this.#storeAlways(message);
    const { isRemembered, sequence } = await this.inbox.find('dedup', dedup.key);
    if (isRemembered) return 'duplicate';
    const stored = await this.#store(message, `${dedup.key} ${sequence}`);
    if (stored.isDuplicate) return 'duplicate';
    // The message is stored, so the caller is not told that its key is not.
    await this.inbox
      .remember('dedup', dedup.key, dedup.window, stored.sequence)
      .catch(this.#dependencies.failed);
    return 'accepted';
  }

  async #storeAll(messages: readonly OutgoingMessage[]): Promise<readonly EnqueueResult[]> {
    for (let start = 0; start < messages.length; start += PORTION)
      await Promise.all(
        messages.slice(start, start + PORTION).map((message) => this.#store(message)),
      );
    return messages.map(() => 'accepted');
  }

  /** The server knows its id when it is sent again because its confirmation was lost. */
  async #storeAlways(message: OutgoingMessage): Promise<EnqueueResult> {
    await this.#store(message);
    return 'accepted';
  }

  /** A message that the client keeps until it has reconnected could be stored after its caller was told that it was not. */
  #assertConnected(): void {
    if (!this.#isConnected || this.#closing !== undefined)
      throw this.#refusal('has no connection to the server. Nothing was stored.');
  }

  #assertSmall({ id, body }: OutgoingMessage): void {
    const { max_payload = Number.POSITIVE_INFINITY } = this.#dependencies.connection.info ?? {};
    const limit = max_payload - HEADER_ROOM;
    const size = Buffer.byteLength(body);
    if (size > limit)
      throw this.#refusal(
        `does not take the message ${id}: it has ${size} bytes, and the server takes ${limit} beside their headers.`,
      );
  }

  #refusal(what: string): CarillonError {
    return queueTrouble(`"${this.#dependencies.streams.queue}" on jetstream`, what, undefined);
  }
}
