/** The streams of one queue in JetStream: their names, and how they are created. */
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { CarillonError } from '../../../decorators/carillon-error.js';

/** How the streams are created. */
export interface StreamsOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly replicas: number;
  readonly lease: number;
}

/** The longest name of a stream that every file system takes. */
const LONGEST_NAME = 200;

/** The server's error code for a stream that exists with a different configuration. */
const EXISTS = 10058;

/** The same for one whose subjects another stream has. */
const OVERLAPS = 10065;

/** Milliseconds for which the server detects messages that are sent again because their confirmation was lost. */
const DUPLICATE_WINDOW = 120_000;

/** Milliseconds for which keys are kept, unless a window is longer. */
const KEY_RETENTION = 604_800_000;

/** How many pull requests of all workers together may wait at once. */
const MAX_WAITING = 10_000;

/** A stream as it is wanted. */
type NewStream = Partial<StreamConfig> & { readonly name: string };

export class QueueStreams {
  /** The name of the queue, for errors. */
  readonly queue: string;
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
    this.queue = options.queue;
    const name = streamWord(options.queue);
    const { prefix } = options;
    this.#root = `${prefix}.${name}`;
    this.messages = `${prefix}-messages-${name}`;
    this.deadLetters = `${prefix}-letters-${name}`;
    this.keys = `${prefix}-keys-${name}`;
    if (this.messages.length > LONGEST_NAME) throw tooLongError(options.queue, this.messages);
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

  /**
   * Creates the streams that do not exist; the others stay as they are.
   *
   * @throws CarillonError (a rejection) `CAR7032` for a stream that would lose messages
   */
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

  async #add(manager: JetStreamManager, wanted: NewStream): Promise<void> {
    const { config } = await this.#addOrFind(manager, wanted);
    const loss = lossOf(config, wanted);
    if (loss !== undefined) throw lossyError(wanted.name, loss);
  }

  /** The server's answer to a stream that it has created, or had with this very configuration, says how that stream is. */
  async #addOrFind(manager: JetStreamManager, wanted: NewStream): Promise<StreamInfo> {
    try {
      return await manager.streams.add({
        storage: StorageType.File,
        num_replicas: this.#options.replicas,
        ...wanted,
      });
    } catch (error) {
      if (!(await this.#isThere(manager, wanted.name, error))) throw error;
      return manager.streams.info(wanted.name);
    }
  }

  /** Whether it could not be created because somebody else has: a server that is busy with that may call it an overlap. */
  async #isThere(manager: JetStreamManager, name: string, error: unknown): Promise<boolean> {
    if (!(error instanceof JetStreamApiError)) return false;
    const { err_code: code } = error.apiError();
    if (code !== OVERLAPS) return code === EXISTS;
    for await (const existing of manager.streams.names()) if (existing === name) return true;
    return false;
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

/** Letters, digits and `-` as they are, and each other byte as `_` and its code: other characters have a meaning in names, or none everywhere. */
function streamWord(queue: string): string {
  return queue.replace(/[^A-Za-z\d-]/gu, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `_${byte.toString(16).padStart(2, '0')}`)
      .join(''),
  );
}

/** Why a stream as its administrator has made it would lose messages without a word. */
function lossOf(found: StreamConfig, wanted: Partial<StreamConfig>): string | undefined {
  const { retention = RetentionPolicy.Limits, max_age = 0 } = wanted;
  if (found.retention !== retention) return `its retention is ${found.retention}, not ${retention}`;
  if (found.no_ack) return 'it confirms nothing (no_ack)';
  if (max_age === 0 && found.max_age > 0) return 'it deletes messages by their age (max_age)';
  const limit = limitOf(found, wanted);
  if (limit === undefined || found.discard === DiscardPolicy.New) return;
  return `it deletes the oldest messages when it is full (${limit}, with discard: old)`;
}

function limitOf(found: StreamConfig, wanted: Partial<StreamConfig>): string | undefined {
  const limits = ['max_msgs', 'max_bytes', 'max_msgs_per_subject'] as const;
  return limits.find((name) => found[name] > 0 && found[name] !== wanted[name]);
}

function lossyError(stream: string, loss: string): CarillonError {
  return new CarillonError(
    'CAR7032',
    `The stream ${stream} of JetStream would lose messages: ${loss}. Change it, or remove it: the next start creates it again.`,
  );
}

function tooLongError(queue: string, stream: string): CarillonError {
  return new CarillonError(
    'CAR7030',
    `The name of queue "${queue.slice(0, 50)}…" is too long for JetStream: its stream would have a name of ${stream.length} characters, and ${LONGEST_NAME} are allowed.`,
  );
}
