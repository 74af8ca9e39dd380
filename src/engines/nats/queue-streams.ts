/** The streams of one queue in JetStream: what they are called, and how they are made. */
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

/** How they are made. */
export interface StreamsOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly replicas: number;
  readonly lease: number;
}

/** Signs that names of streams, or of subjects, do not take. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SIGNS = /[\u0000-\u0020\u007f%.*>/\\]/g;

/** The server's code for a stream that exists and was made otherwise. */
const EXISTS = 10058;

/** Milliseconds for which a message of the same id is not stored again, should its sender not have heard that it was. */
const RESENT = 120_000;

/** Milliseconds for which keys are kept, until somebody asks for more. */
const WEEK = 604_800_000;

/** Pull requests that may wait at once, of all workers together. */
const MOST_WAITING = 10_000;

export class QueueStreams {
  /** A stream. */
  readonly messages: string;
  /** A stream. */
  readonly letters: string;
  /** A stream. */
  readonly keys: string;
  /** A subject: what may be worked on. */
  readonly work: string;
  /** A subject: what is not due yet. */
  readonly later: string;
  /** A subject. */
  readonly dead: string;
  readonly #root: string;

  constructor(private readonly options: StreamsOptions) {
    const name = escapeWord(options.queue, SIGNS);
    const { prefix } = options;
    this.#root = `${prefix}.${name}`;
    this.messages = `${prefix}-messages-${name}`;
    this.letters = `${prefix}-letters-${name}`;
    this.keys = `${prefix}-keys-${name}`;
    this.work = `${this.#root}.work`;
    this.later = `${this.#root}.later`;
    this.dead = `${this.#root}.dead`;
  }

  /** The subject of a key that is remembered. */
  keyOf(kind: string, key: string): string {
    return `${this.#root}.keys.${kind}.${key}`;
  }

  /** The durable consumer of a subject of the messages. */
  consumerOf(subject: string): string {
    return subject === this.work ? 'workers' : 'movers';
  }

  /** A stream that exists stays as its administrator has made it. */
  async create(manager: JetStreamManager): Promise<void> {
    await Promise.all([
      this.#add(manager, {
        name: this.messages,
        subjects: [this.work, this.later],
        retention: RetentionPolicy.Workqueue,
        duplicate_window: nanos(RESENT),
      }),
      this.#add(manager, {
        name: this.letters,
        subjects: [this.dead],
        allow_direct: true,
        duplicate_window: nanos(RESENT),
      }),
      this.#add(manager, {
        name: this.keys,
        subjects: [this.keyOf('*', '*')],
        max_msgs_per_subject: 1,
        max_age: nanos(WEEK),
        duplicate_window: nanos(RESENT),
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
        num_replicas: this.options.replicas,
        ...config,
      });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.apiError().err_code !== EXISTS)
        throw error;
    }
  }

  async #consumer(manager: JetStreamManager, subject: string): Promise<void> {
    const lease = { ack_wait: nanos(this.options.lease) };
    const config = {
      durable_name: this.consumerOf(subject),
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      max_deliver: -1,
      // What is to be tried again later counts among them, and may be any number.
      max_ack_pending: -1,
      max_waiting: MOST_WAITING,
    };
    try {
      await manager.consumers.add(this.messages, { ...config, ...lease });
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      await manager.consumers.update(this.messages, config.durable_name, lease);
    }
  }
}
