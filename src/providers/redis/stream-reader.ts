/** A subscriber without a group: reads the stream from where it was when it subscribed. */
import type { Redis } from 'ioredis';
import type { BusSubscription } from '../../bus/bus-transport.js';
import { topicFilter } from '../../events/topic-filter.js';
import { BATCH, type Entry, type Reader, readEntries } from './stream-entry.js';

export class StreamReader implements Reader {
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #subscription: BusSubscription;
  readonly #hears: (topic: string) => boolean;
  readonly #failed: (error: unknown) => void;
  /** The last entry that was looked at. */
  #position: string;
  #undone = 0;
  #isReading = false;
  #isBehind = true;
  #ended = false;

  constructor(redis: Redis, stream: string, subscription: BusSubscription, position: string, failed: (error: unknown) => void) {
    this.#failed = failed;
    this.#redis = redis;
    this.#stream = stream;
    this.#subscription = subscription;
    this.#hears = topicFilter(subscription.topic);
    this.#position = position;
  }

  wake(entries: readonly Entry[], before: string): void {
    const hasRoom = this.#undone + entries.length <= this.#subscription.prefetch;
    if (!this.#isReading && hasRoom && this.#position === before) this.#take(entries);
    else this.catchUp().catch(this.#failed);
  }

  async catchUp(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.#ended) {
        const room = this.#subscription.prefetch - this.#undone;
        if (room <= 0) return;
        this.#isBehind = false;
        const count = Math.min(room, BATCH);
        const entries = readEntries(await this.#redis.xrange(this.#stream, `(${this.#position}`, '+', 'COUNT', count));
        if (entries.length > 0) this.#isBehind = true;
        this.#take(entries);
      }
    } finally {
      this.#isReading = false;
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
  }

  #take(entries: readonly Entry[]): void {
    for (const { id, topic, text, group } of entries) {
      this.#position = id;
      if (!this.#ended && group === undefined && this.#hears(topic)) this.#deliver(text).catch(this.#failed);
    }
  }

  async #deliver(text: string): Promise<void> {
    this.#undone += 1;
    await this.#subscription.deliver(text);
    this.#undone -= 1;
    if (this.#isBehind && !this.#isReading) await this.catchUp();
  }
}
