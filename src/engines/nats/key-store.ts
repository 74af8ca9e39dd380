/** The keys that a queue in JetStream remembers: each is the newest message of its own subject. */
import { createHash } from 'node:crypto';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import type { Inbox } from '../../queue/queue-provider.js';
import type { QueueStreams } from './queue-streams.js';
import type { StreamMessage } from './stream-message.js';

/** What is known of a key. */
export interface KeyState {
  readonly isRemembered: boolean;
  /** That of its newest message, 0 without one. */
  readonly sequence: number;
}

export class KeyStore implements Inbox {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #streams: QueueStreams;
  /** For how many milliseconds the stream keeps its messages. */
  #retention: number | undefined;

  constructor(client: JetStreamClient, manager: JetStreamManager, streams: QueueStreams) {
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
    return stored === undefined
      ? { isRemembered: false, sequence: 0 }
      : { isRemembered: stored.value > Date.now(), sequence: stored.sequence };
  }

  async remember(kind: 'inbox' | 'dedup', key: string, window: number): Promise<void> {
    await this.#retain(window);
    await this.#client.publish(this.#subjectOf(kind, key), String(Date.now() + window));
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

  async #read(
    subject: string,
  ): Promise<{ readonly value: number; readonly sequence: number } | undefined> {
    const stored = await this.#manager.streams.getMessage(this.#streams.keys, {
      last_by_subj: subject,
    });
    return stored === null ? undefined : { value: Number(stored.string()), sequence: stored.seq };
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
