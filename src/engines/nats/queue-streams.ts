/** The streams of one queue in JetStream: their names, and how they are created. */
import {
  AckPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { escapeWord } from '../topic-words.js';

/** How the streams are created. */
export interface StreamsOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly replicas: number;
  readonly lease: number;
}

/** Characters that are not allowed in the names of streams or subjects. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among the reserved characters
const RESERVED = /[\u0000-\u0020\u007f%.*>/\\]/g;

/** The server's error code for a stream that exists with a different configuration. */
const EXISTS = 10058;

/** Milliseconds for which the server detects messages that are sent again because their confirmation was lost. */
const DUPLICATE_WINDOW = 120_000;

/** Milliseconds for which keys are kept, unless a window is longer. */
const KEY_RETENTION = 604_800_000;

/** How many pull requests of all workers together may wait at once. */
const MAX_WAITING = 10_000;

export class QueueStreams {
  /** A stream. */
  readonly messages: string;
  /** A stream. */
  readonly deadLetters: string;
  /** A stream. */
  readonly keys: string;
  /** A subject: messages that may be worked on. */
  readonly work: string;
  /** A subject: messages that are not due yet. */
  readonly later: string;
  /** A subject: dead letters. */
  readonly dead: string;
  readonly #root: string;
  readonly #options: StreamsOptions;

  constructor(options: StreamsOptions) {
    this.#options = options;
    const name = escapeWord(options.queue, RESERVED);
    const { prefix } = options;
    this.#root = `${prefix}.${name}`;
    this.messages = `${prefix}-messages-${name}`;
    this.deadLetters = `${prefix}-letters-${name}`;
    this.keys = `${prefix}-keys-${name}`;
    this.work = `${this.#root}.work`;
    this.later = `${this.#root}.later`;
    this.dead = `${this.#root}.dead`;
  }

  /** The subject of a key that is remembered. */
  keySubject(kind: string, key: string): string {
    return `${this.#root}.keys.${kind}.${key}`;
  }

  /** The name of the durable consumer of `work` or `later`. */
  consumerOf(subject: string): string {
    return subject === this.work ? 'workers' : 'movers';
  }

  /** Creates the streams that do not exist; the others stay as they are. */
  async create(manager: JetStreamManager): Promise<void> {
    await Promise.all([
      this.#add(manager, {
        name: this.messages,
        subjects: [this.work, this.later],
        retention: RetentionPolicy.Workqueue,
        duplicate_window: nanos(DUPLICATE_WINDOW),
      }),
      this.#add(manager, {
        name: this.deadLetters,
        subjects: [this.dead],
        allow_direct: true,
        duplicate_window: nanos(DUPLICATE_WINDOW),
      }),
      this.#add(manager, {
        name: this.keys,
        subjects: [this.keySubject('*', '*')],
        max_msgs_per_subject: 1,
        max_age: nanos(KEY_RETENTION),
        duplicate_window: nanos(DUPLICATE_WINDOW),
      }),
    ]);
    await Promise.all([this.work, this.later].map((subject) => this.#consumer(manager, subject)));
  }

  async #add(
    manager: JetStreamManager,
    config: Partial<StreamConfig> & { name: string },
  ): Promise<void> {
    try {
      await manager.streams.add({
        storage: StorageType.File,
        num_replicas: this.#options.replicas,
        ...config,
      });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.apiError().err_code !== EXISTS)
        throw error;
    }
  }

  async #consumer(manager: JetStreamManager, subject: string): Promise<void> {
    const lease = { ack_wait: nanos(this.#options.lease) };
    const config = {
      durable_name: this.consumerOf(subject),
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      max_deliver: -1,
      // Messages that wait for their next attempt count among them, and are unlimited.
      max_ack_pending: -1,
      max_waiting: MAX_WAITING,
    };
    try {
      await manager.consumers.add(this.messages, { ...config, ...lease });
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      await manager.consumers.update(this.messages, config.durable_name, lease);
    }
  }
}
