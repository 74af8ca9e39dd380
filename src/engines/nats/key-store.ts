/** What a queue in JetStream remembers by key: the newest message of a subject of its own. */
import { createHash } from 'node:crypto';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import type { Inbox } from '../../queue/queue-provider.js';
import type { QueueStreams } from './queue-streams.js';
import type { StreamMessage } from './stream-message.js';

/** A key that was remembered, or never was: then `sequence` is 0. */
export interface KeptKey {
  readonly isKept: boolean;
  readonly sequence: number;
}

export class KeyStore implements Inbox {
  /** Milliseconds for which the stream keeps keys. */
  #longest: number | undefined;

  constructor(
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly streams: QueueStreams,
  ) {}

  async has(key: string): Promise<boolean> {
    return (await this.find('inbox', key)).isKept;
  }

  async add(key: string, window: number): Promise<void> {
    await this.keep('inbox', key, window);
  }

  async find(kind: 'inbox' | 'dedup', key: string): Promise<KeptKey> {
    const stored = await this.#read(this.#subjectOf(kind, key));
    return stored === undefined
      ? { isKept: false, sequence: 0 }
      : { isKept: stored.value > Date.now(), sequence: stored.sequence };
  }

  async keep(kind: 'inbox' | 'dedup', key: string, window: number): Promise<void> {
    await this.#keepFor(window);
    await this.client.publish(this.#subjectOf(kind, key), String(Date.now() + window));
  }

  /** How many of the deliveries of a message were no attempts. */
  async uncounted({ facts, sequence }: StreamMessage): Promise<number> {
    return (await this.#read(this.#subjectOf('uncounted', `${facts.id} ${sequence}`)))?.value ?? 0;
  }

  /** One more of them. */
  async discount(message: StreamMessage): Promise<void> {
    const { facts, sequence } = message;
    const count = (await this.uncounted(message)) + 1;
    await this.client.publish(
      this.#subjectOf('uncounted', `${facts.id} ${sequence}`),
      String(count),
    );
  }

  async #read(
    subject: string,
  ): Promise<{ readonly value: number; readonly sequence: number } | undefined> {
    const stored = await this.manager.streams.getMessage(this.streams.keys, {
      last_by_subj: subject,
    });
    return stored === null ? undefined : { value: Number(stored.string()), sequence: stored.seq };
  }

  /** The stream forgets by age, so that nobody has to. */
  async #keepFor(window: number): Promise<void> {
    if (this.#longest !== undefined && window <= this.#longest) return;
    const { config } = await this.manager.streams.info(this.streams.keys);
    this.#longest = config.max_age === 0 ? Number.POSITIVE_INFINITY : millis(config.max_age);
    if (window <= this.#longest) return;
    await this.manager.streams.update(this.streams.keys, { max_age: nanos(Math.ceil(window)) });
    this.#longest = window;
  }

  /** A key may have any signs, and be long. */
  #subjectOf(kind: string, key: string): string {
    return this.streams.keyOf(kind, createHash('sha256').update(key).digest('base64url'));
  }
}
