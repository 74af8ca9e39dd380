/** The keys that a queue in JetStream remembers: each is the newest message of its own subject. */
import { createHash } from 'node:crypto';
import type { JetStreamManager } from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import type { Inbox } from '../../queue/queue-provider.js';
import type { PatientClient } from './patient-client.js';
import type { QueueStreams } from './queue-streams.js';
import type { StreamMessage } from './stream-message.js';

/** What is known of a key. */
export interface KeyState {
  readonly isRemembered: boolean;
  /** That of its newest message, 0 without one. */
  readonly sequence: number;
}

interface StoredKey {
  readonly value: number;
  /** The number of the message that the key came with. */
  readonly message: number | undefined;
  readonly sequence: number;
}

export class KeyStore implements Inbox {
  readonly #client: PatientClient;
  readonly #manager: JetStreamManager;
  readonly #streams: QueueStreams;
  /** For how many milliseconds the stream keeps its messages. */
  #retention: number | undefined;

  constructor(client: PatientClient, manager: JetStreamManager, streams: QueueStreams) {
    this.#client = client;
    this.#manager = manager;
    this.#streams = streams;
  }

  async has(key: string): Promise<boolean> {
    return (await this.find('inbox', key)).isRemembered;
  }

  async add(key: string, window: number): Promise<void> {
    await this.remember('inbox', key, window);
  }

  async find(kind: 'inbox' | 'dedup', key: string): Promise<KeyState> {
    const stored = await this.#read(this.#subjectOf(kind, key));
    if (stored === undefined) return { isRemembered: false, sequence: 0 };
    const isRemembered = stored.value > Date.now() || (await this.#isThere(stored.message));
    return { isRemembered, sequence: stored.sequence };
  }

  /** @param message its number in the stream of messages: while it is there, the key is remembered beyond the window */
  async remember(
    kind: 'inbox' | 'dedup',
    key: string,
    window: number,
    message?: number,
  ): Promise<void> {
    await this.#retain(window);
    const until = Date.now() + window;
    await this.#client.publish(
      this.#subjectOf(kind, key),
      message === undefined ? String(until) : `${until} ${message}`,
    );
  }

  /** How many deliveries of a message do not count as attempts. */
  async uncounted(message: StreamMessage): Promise<number> {
    return (await this.#read(this.#uncountedSubject(message)))?.value ?? 0;
  }

  /** One more delivery that does not count. */
  async discount(message: StreamMessage): Promise<void> {
    const count = (await this.uncounted(message)) + 1;
    await this.#client.publish(this.#uncountedSubject(message), String(count));
  }

  async #isThere(message: number | undefined): Promise<boolean> {
    if (message === undefined) return false;
    const query = { seq: message };
    return (await this.#manager.streams.getMessage(this.#streams.messages, query)) !== null;
  }

  async #read(subject: string): Promise<StoredKey | undefined> {
    const stored = await this.#manager.streams.getMessage(this.#streams.keys, {
      last_by_subj: subject,
    });
    if (stored === null) return undefined;
    const [value, message] = stored.string().split(' ').map(Number);
    return { value: value ?? 0, message, sequence: stored.seq };
  }

  /** The stream deletes by age, so it has to keep its messages for the longest window. */
  async #retain(window: number): Promise<void> {
    if (this.#retention !== undefined && window <= this.#retention) return;
    const { config } = await this.#manager.streams.info(this.#streams.keys);
    this.#retention = config.max_age === 0 ? Number.POSITIVE_INFINITY : millis(config.max_age);
    if (window <= this.#retention) return;
    await this.#manager.streams.update(this.#streams.keys, { max_age: nanos(Math.ceil(window)) });
    this.#retention = window;
  }

  #uncountedSubject({ facts, sequence }: StreamMessage): string {
    return this.#subjectOf('uncounted', `${facts.id} ${sequence}`);
  }

  /** Hashed, because a key may be long and have characters that a subject may not. */
  #subjectOf(kind: string, key: string): string {
    return this.#streams.keySubject(kind, createHash('sha256').update(key).digest('base64url'));
  }
}
